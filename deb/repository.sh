#!/bin/sh
# Put packages into a signed repository, which any web server may serve:  deb/repository.sh FOLDER KEY PACKAGE.deb...
# KEY is the fingerprint of a key in your keyring. Each cabinet takes what this key has signed, and nothing else.
set -eu

[ $# -ge 3 ] || { sed -n '2,3s/^# //p' "$0" >&2 && exit 1; }
command -v reprepro > /dev/null || { echo "repository: install reprepro" >&2 && exit 1; }
folder=$1 key=$2
shift 2

mkdir -p "$folder/conf"
cat > "$folder/conf/distributions" <<- CONF
	Origin: locker
	Label: locker
	Codename: stable
	Architectures: arm64 amd64
	Components: main
	Description: Releases of the parcel locker
	SignWith: $key
CONF
for package in "$@"; do
	reprepro --silent --basedir "$folder" includedeb stable "$package"
done
gpg --export "$key" > "$folder/locker.gpg"
cat > "$folder/locker.sources" <<- SOURCES
	Types: deb
	URIs: REPLACE-WITH-THE-ADDRESS
	Suites: stable
	Components: main
	Signed-By: /usr/share/keyrings/locker.gpg
SOURCES
echo "repository: $folder holds $# more; locker.gpg and locker.sources are for the cabinets"
