"""The far end of pip: the packages of this environment as wheels in a folder; no network is needed."""

import zipfile
from importlib.metadata import distribution
from pathlib import Path


def fill(folder, names):
    """One wheel a package."""
    folder.mkdir()
    for name in names:
        _pack(folder, distribution(name))


def _pack(folder, installed):
    wheel_file = installed.read_text("WHEEL")
    tags = [line.split(": ", 1)[1] for line in wheel_file.splitlines() if line.startswith("Tag: ")]
    name, info = installed.metadata["Name"].replace("-", "_"), None
    kept = {}
    for file in installed.files:
        if (
            ".." in file.parts
            or file.suffix == ".pyc"
            or file.name in {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}
        ):
            continue
        kept[str(file)] = Path(str(file.locate())).read_bytes()
        if file.parts[0].endswith(".dist-info"):
            info = file.parts[0]
    record = f"{info}/RECORD"
    kept[record] = "".join(f"{path},,\n" for path in [*kept, record]).encode()
    pythons, abis, platforms = (
        ".".join(dict.fromkeys(part)) for part in zip(*(tag.split("-") for tag in tags), strict=True)
    )
    with zipfile.ZipFile(folder / f"{name}-{installed.version}-{pythons}-{abis}-{platforms}.whl", "w") as wheel:
        for path, content in kept.items():
            wheel.writestr(path, content)
