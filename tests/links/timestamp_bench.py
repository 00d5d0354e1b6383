"""An outside time stamp authority (RFC 3161) of the test's own, made of openssl and a real HTTP server."""

import asyncio
import subprocess
from contextlib import asynccontextmanager

CONFIG = """
[tsa]
default_tsa = ours
[ours]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
"""


def openssl(*words, **more):
    return subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, timeout=20, **more)


def an_authority(folder, name):
    """A key and a certificate that may stamp, and nothing else."""
    folder.mkdir()
    (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    openssl(
        *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"),
        *("-subj", f"/CN={name}", "-addext", "extendedKeyUsage=critical,timeStamping"),
        *("-keyout", folder / "key.pem", "-out", folder / "roots.pem"),
    )
    return folder


def reply(authority, request):
    (authority / "q.tsq").write_bytes(request)
    openssl(
        *("ts", "-reply", "-config", authority / "tsa.cnf", "-queryfile", authority / "q.tsq"),
        *("-signer", authority / "roots.pem", "-inkey", authority / "key.pem", "-out", authority / "a.tsr"),
    )
    return (authority / "a.tsr").read_bytes()


@asynccontextmanager
async def served(answer_of, status="200 OK"):
    """A real HTTP server of an authority."""

    async def answer(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-len")
        )
        assert b"application/timestamp-query" in head
        body = answer_of(await reader.readexactly(length))
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/tsa"
    finally:
        server.close()
