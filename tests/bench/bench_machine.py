"""The program on its machine: start, memory, pictures, and how late the loop wakes while others work."""

import re
import statistics
import threading
import time
from io import BytesIO
from pathlib import Path

import segno
import zxingcpp
from bench_far import HERE, Phones, cabinet, deposit, dumped, free_port, process
from bench_row import Row, at, over, spread
from PIL import Image, ImageFilter

from hardware.decode import Decoder, load_grey

IMPORTS = "import fastapi, uvicorn, pydantic, sqlite_utils, gpiozero"
# Rich comes with the test tools, and what finds it loads it: a cabinet has none, so neither side has it here.
AS_INSTALLED = "import sys; sys.modules['rich'] = None; "
HIGHEST_MB = 120


def start_and_rest(folder, size):
    """From start to ready, and the memory at rest, against the bare imports."""
    starts, bare, ours, theirs = [], [], [], []
    with quiet_cabinet(folder / "start"):
        pass  # the folder is made; this is a start after a power cut
    for _ in range(max(3, size.visits // 40)):
        began = time.perf_counter()
        with quiet_cabinet(folder / "start") as child:
            starts.append(time.perf_counter() - began)
            time.sleep(0.3)
            ours.append(memory(child.pid))
        began = time.perf_counter()
        with process(
            ["-c", f"{AS_INSTALLED}{IMPORTS}\nprint('ready', flush=True)\nimport time; time.sleep(60)"]
        ) as child:
            bare.append(time.perf_counter() - began)
            theirs.append(memory(child.pid))
    yield Row("start to ready, no camera", spread(starts), f"importing what it stands on {spread(bare)}",
              over(starts, bare), 1.5, 1.5, "after a power cut")  # fmt: skip
    rest, floor = statistics.median(ours), statistics.median(theirs)
    yield Row("memory at rest, 76 doors", f"{rest:.0f} MB", f"the same imports, {floor:.0f} MB", rest / floor, 1.4, 1.4,
              "resident, shared libraries in full: on a Pi it has them alone")  # fmt: skip
    yield Row("the same in MB", f"{rest:.0f} MB", f"{HIGHEST_MB} MB", rest, HIGHEST_MB, HIGHEST_MB, "", unit=" MB")


def quiet_cabinet(folder):
    folder.mkdir(parents=True, exist_ok=True)
    run = f"{AS_INSTALLED}sys.path.insert(0, {str(HERE)!r}); import bench_cabinet; bench_cabinet.main()"
    return process(["-c", run, str(folder), "76", str(free_port()), str(free_port()), "1"])


def memory(pid):
    """Resident memory in MB."""
    return int(re.search(r"Rss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text())[1]) / 1024


def qr_photo(folder, size):
    """Pictures as a camera gives them, from file to text, against zxing-cpp with one call and its own defaults."""
    decoder, ours, alone = Decoder(), [], []
    photos = [photo(folder, n) for n in range(12)]
    formats = zxingcpp.barcode_formats_from_str("QRCode,Code128")
    read = 0
    for _ in range(max(3, size.visits // 30)):
        for name in photos:
            began = time.perf_counter()
            texts = decoder.quick(load_grey(name))
            ours.append(time.perf_counter() - began)
            began = time.perf_counter()
            with Image.open(name) as picture:
                bare = [code.text for code in zxingcpp.read_barcodes(picture.convert("L"), formats=formats)]
            alone.append(time.perf_counter() - began)
            read += texts == bare and bool(texts)
    yield Row("QR photo → text", spread(ours), f"zxing-cpp alone {spread(alone)}", over(ours, alone), 1.2, 1.2,
              f"12 pictures, turned, blurred, dim; {100 * read / len(ours):.0f} % read by both")  # fmt: skip


def photo(folder, number):
    """A code held to the lens: larger or smaller, turned, out of focus, in bad light."""
    code = BytesIO()
    segno.make(f"PL1.BENCHBENCHBENCHBENCHBENCH{number:02d}").save(code, kind="png", scale=4 + number % 4, border=4)
    picture = Image.open(code).convert("L")
    turned = picture.rotate((0, 7, 23, 90)[number % 4], expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
    scene = Image.new("L", (1280, 720), 150)
    scene.paste(turned, (200 + 40 * number, 100))
    dim = scene.point(lambda value: int(40 + value * (1.0, 0.7, 0.5)[number % 3] * 0.8))
    name = folder / f"photo-{number}.png"
    dim.filter(ImageFilter.GaussianBlur((0, 0.8, 1.2)[number % 3])).save(name)
    return str(name)


def wake_up(folder, size):
    """How late a five-millisecond sleep ends, while nothing happens and while everything beside the doors does."""
    if size.visits < 100:
        return  # a p99 of a short run says nothing, and fails nothing
    lens = folder / "lens"
    lens.mkdir()
    phones, seconds = Phones(), 5
    more = f'[[reader]]\nkind = "camera"\n[camera]\nkind = "files"\nfolder = "{lens}"\n{phones.line}'
    with cabinet(folder / "wake", env={"BENCH_WAKE": "1"}, more=more) as (asker, child, _):
        time.sleep(1)
        phases = []
        for turn in range(3):
            for busy in (False, True):
                began = time.monotonic_ns()
                stop = threading.Event()
                work = threading.Thread(target=besides, args=(asker, lens, turn, stop)) if busy else None
                if work:
                    work.start()
                time.sleep(seconds)
                stop.set()
                if work:
                    work.join()
                phases.append((busy, began, time.monotonic_ns()))
        late = dumped(child, folder / "wake")["late"]
    quiet, loaded = ([each for busy, a, b in phases if busy is wanted for when, each in late if a < when < b]
                     for wanted in (False, True))  # fmt: skip
    yield Row("loop wake-up p99, camera, report and notices / idle", spread(loaded), f"idle {spread(quiet)}",
              at(loaded, 0.99) / at(quiet, 0.99), 2, 2, f"{phones.rang} notices, codes read, lists asked for",
              decides=False)  # fmt: skip


def besides(asker, lens, turn, stop):
    """A code held to the lens, the staff's list asked for again and again, and notices on their way."""
    number = 0
    while not stop.wait(0.2):
        number += 1
        photo(lens, number % 12)
        if number % 2 == 0:
            asker.ask("GET", "/api/v1/parcels?limit=50")
        elif number < 20:
            deposit(asker, f"{turn}-{number}", ("XS", "S", "M", "L", "XL")[number // 2 % 5])


ROWS = (start_and_rest, qr_photo, wake_up)
