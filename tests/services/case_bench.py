"""A cabinet with the cases of a site in China, with two supervisors and an operator."""

import struct
import zlib
from contextlib import asynccontextmanager

from services_bench import Bench

from locker.options import SiteOptions
from locker.services.cases import CaseRequest, Casework, Outcome, Source
from locker.services.people import Role, StaffAccounts
from locker.services.policies import RuleBook

SITE = {"id": "riverside-1", "name": "Riverside Court", "timezone": "Asia/Shanghai"}


class CaseBench(Bench):
    """`site`: what differs in the site file."""

    async def begin(self, **site):
        await self.start()
        self.options = SiteOptions.model_validate({**SITE, **site})
        self.rules = RuleBook(self.journal, self.engine)
        await self.rules.load()
        self.staff = StaffAccounts(self.journal, self.engine, self.vault)
        self.work = Casework.of(self.engine, self.journal, self.rules, self.options)
        await self.work.load()
        self.cases, self.watch = self.work.service, self.work.watch
        return self

    async def people(self):
        for name, role in (("he.jun", Role.SUPERVISOR), ("lu.yan", Role.SUPERVISOR), ("wu.mei", Role.OPERATOR)):
            await self.staff.add(name, role, "staff:test")

    async def again(self):
        """The daemon starts anew on the same folder."""
        await self.stop()
        return await CaseBench(self.folder, self.clock).begin(**self.options.model_dump(exclude_unset=True))

    async def open(self, kind="complaint", by="staff:wu.mei", **more):
        return await self.cases.open_case(CaseRequest(kind=kind, by=by, **{"source": Source.STAFF, **more}))

    async def events(self, kind):
        return await self.rows("select seq, by, data from event where kind = ? order by seq", kind)

    async def to_the_end(self, number, by="staff:he.jun"):
        """Everything that a whole case asks, but its closing."""
        whole = await self.cases.whole(number)
        if whole.case.replied_at is None:
            await self.cases.write(number, "reply", "We have it.", by)
        for name in whole.case.kind.fields:
            await self.cases.fill(number, name, "known", by)
        for stage in whole.case.kind.stages[whole.case.kind.stages.index(whole.case.stage) + 1 :]:
            await self.cases.advance(number, stage, by)

    async def solved(self, number, by="staff:he.jun"):
        await self.to_the_end(number, by)
        await self.cases.close(number, Outcome.SOLVED, by)


@asynccontextmanager
async def case_bench(folder, clock, **site):
    bench = await CaseBench(folder, clock).begin(**site)
    await bench.people()
    try:
        yield bench
    finally:
        await bench.stop()


def png(width=2, height=2, *chunks):
    """A picture with these chunks before its data."""

    def chunk(kind, body):
        return struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))

    lines = b"".join(b"\x00" + b"\x10\x20\x30" * width for _ in range(height))
    header = struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [chunk(b"IHDR", header), *(chunk(*each) for each in chunks), chunk(b"IDAT", zlib.compress(lines))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")
