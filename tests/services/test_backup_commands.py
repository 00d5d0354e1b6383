"""`lockerd backup`, `restore` and the drill on the command line: sealed, by the site file, with a daemon or without."""

import sqlite3

import pyrage
import pytest

import lockerd

SITE = """
[site]
id = "riverside-1"
name = "Riverside Court"
[storage]
data = "{data}"
[[bank]]
name = "left"
kind = "gpio"
[[compartment]]
id = "A1"
size = "S"
bank = "left"
lock = 2
switch = 3
"""
BACKUP = """
[backup]
recipients = ["{public}"]
[[backup.place]]
kind = "folder"
path = "{stick}"
same_disk = true
"""


class Site:
    """A site file, its data folder, a stick, and a private key that the cabinet never sees."""

    def __init__(self, folder, capsys):
        self.folder, self.capsys = folder, capsys
        self.key = pyrage.x25519.Identity.generate()
        self.identity = folder / "key.txt"
        self.identity.write_text(f"# public key: {self.key.to_public()}\n{self.key}\n")
        self.stick = folder / "stick"
        self.stick.mkdir()
        self.file = self.write("site.toml", "data")

    def write(self, name, data, backup=BACKUP):
        file = self.folder / name
        text = SITE + backup
        file.write_text(text.format(data=self.folder / data, public=self.key.to_public(), stick=self.stick))
        return file

    def does(self, *words, code=0, file=None):
        assert lockerd.main([*map(str, words), "--config", str(file or self.file)]) == code
        said = self.capsys.readouterr()
        return said.out + said.err

    def events(self, data="data"):
        with sqlite3.connect(self.folder / data / "locker.db") as db:
            return db.execute("select kind, data from event order by seq").fetchall()

    def backup(self):
        self.does("backup")
        return max(self.stick.iterdir())


@pytest.fixture
def site(tmp_path, capsys):
    site = Site(tmp_path, capsys)
    site.does("staff", "add", "chen.lin", "--role", "technician")
    return site


def test_O15_N12_one_sealed_backup_now_and_back_into_an_empty_folder(site):
    said = site.does("backup")
    [sealed] = site.stick.iterdir()
    assert sealed.name in said
    assert [kind for kind, _ in site.events()][-1] == "BackupMade"
    empty = site.write("new.toml", "new")
    assert "restored" in site.does("restore", sealed, "--identity", site.identity, file=empty)
    assert "the chain is whole" in site.does("audit", file=empty)
    assert [kind for kind, _ in site.events("new")][-1] == "Restored"
    assert not [each for each in (site.folder / "new").iterdir() if each.name.startswith(".")]


def test_N12_without_its_key_a_sealed_backup_comes_back_nowhere(site):
    sealed = site.backup()
    empty = site.write("new.toml", "new")
    assert "--identity" in site.does("restore", sealed, file=empty, code=1)
    other = site.folder / "other.txt"
    other.write_text(str(pyrage.x25519.Identity.generate()))
    assert "not opened by this private key" in site.does("restore", sealed, "--identity", other, file=empty, code=1)
    assert "cannot be read" in site.does("restore", sealed, "--identity", "nowhere", file=empty, code=1)
    assert {each.name for each in (site.folder / "new").iterdir()} <= {"lock"}


def test_O15_N12_a_drill_is_recorded_good_or_bad_and_changes_nothing_else(site):
    sealed = site.backup()
    assert "complete" in site.does("restore", sealed, "--drill", "--identity", site.identity)
    whole = sealed.read_bytes()
    sealed.write_bytes(whole[:-100])
    assert sealed.name in site.does("restore", sealed, "--drill", "--identity", site.identity, code=1)
    good, bad = (data for kind, data in site.events() if kind == "RestoreDrilled")
    assert '"fault":""' in good.replace(" ", "")
    assert '"fault":""' not in bad.replace(" ", "")
    assert "the chain is whole" in site.does("audit")
    assert sorted(each.name for each in (site.folder / "data").iterdir() if each.name.startswith(".")) == []


def test_on_a_computer_without_a_cabinet_a_drill_makes_none(site):
    sealed = site.backup()
    elsewhere = site.write("elsewhere.toml", "nothing-here")
    said = site.does("restore", sealed, "--drill", "--identity", site.identity, file=elsewhere)
    assert "complete" in said
    assert "not recorded" in said
    assert not (site.folder / "nothing-here").exists()


def test_a_plain_backup_needs_no_key_as_before(site):
    plain = site.folder / "plain.tar"
    site.does("backup", plain)
    assert "complete" in site.does("restore", plain, "--drill")
    empty = site.write("new.toml", "new", backup="")
    assert "restored" in site.does("restore", plain, file=empty)


def test_a_site_file_without_backups_says_what_is_missing(site):
    bare = site.write("bare.toml", "data", backup="")
    assert "to whom backups are sealed" in site.does("backup", file=bare, code=1)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (BACKUP.replace("{public}", "age1wrong"), "backup.recipients[0]"),
        ("[backup]\nrecipients = ['{public}']", "backup: "),
        (BACKUP.replace('kind = "folder"', 'kind = "tape"'), "backup.place[0].kind"),
        (BACKUP.replace("same_disk", "same_disc"), "backup.place[0].same_disc"),
        ('[backup]\nat = "25:00"', "backup.at"),
        ('[ups]\nkind = "nut"\nport = 0', "ups.port"),
        ("[ups]\nbus = 1", "ups.kind"),
    ],
)
def test_a_fault_of_the_file_is_named_by_its_key(site, wrong, named):
    assert named in site.does("check", file=site.write("wrong.toml", "data", backup=wrong), code=1)
