"""N15: the camera's ring of small frames, what is masked in it, and how a covered or blurred lens is noticed."""

import asyncio
import io
import itertools
import random

import pytest
from PIL import Image, ImageDraw, ImageFilter
from pydantic import ValidationError

from hardware import open_camera
from hardware.camera.frame_ring import KEPT_SECONDS, FrameRing
from hardware.camera.lens import BLURRED_SECONDS, COVERED_SECONDS, Lens
from hardware.camera.privacy_mask import PrivacyMask
from hardware.camera.sources import jpeg
from hardware.options import CameraOptions
from locker.clip_file import BadClip, clip_name, make_clip, read_clip, read_frame


def scene(number=0, light=1.0):
    """A lobby with edges, and somebody at another place in each."""
    chance = random.Random(3)
    picture = Image.new("L", (1280, 720), int(150 * light))
    pen = ImageDraw.Draw(picture)
    for _ in range(60):
        x, y = chance.randrange(1200), chance.randrange(660)
        pen.rectangle((x, y, x + 70, y + 50), fill=int(chance.randrange(40, 220) * light))
    pen.ellipse((number * 90 % 1200, 300, number * 90 % 1200 + 80, 500), fill=0)
    return picture


def opened(picture):
    return Image.open(io.BytesIO(picture))


def filled(ring, seconds, moving=True):
    for step in range(int(seconds * 10)):
        now = step / 10
        if ring.due(now):
            ring.add(scene(step if moving else 0), now)
    return seconds


def test_N15_a_strip_has_four_frames_a_second_small_and_in_the_order_of_time():
    ring = FrameRing(PrivacyMask())
    now = filled(ring, 20)
    frames = ring.since(15, now)
    moments = [moment for moment, _ in frames]
    assert moments == sorted(moments)
    assert moments[0] == -15_000
    assert 45 <= len(frames) <= 61
    assert max(after - before for before, after in itertools.pairwise(moments)) <= 350
    assert opened(frames[5][1]).size == (640, 360)
    assert sum(len(picture) for _, picture in frames) < 2_000_000


def test_N15_where_nothing_moves_one_frame_a_second_is_kept_and_old_ones_are_forgotten():
    ring = FrameRing(PrivacyMask())
    now = filled(ring, KEPT_SECONDS * 2, moving=False)
    assert 14 <= len(ring.since(15, now)) <= 16
    assert len(ring.since(10_000, now)) <= KEPT_SECONDS + 2


def test_N15_a_source_that_says_nothing_new_still_shows_what_it_showed():
    ring = FrameRing(PrivacyMask())
    ring.add(scene(1), 0.0)
    (only,) = ring.since(15, 500.0)
    assert only[0] == -15_000


def test_N15_what_is_masked_is_black_before_anything_is_encoded_and_nothing_else_is():
    mask = PrivacyMask(((0, 0, 25, 100), (90.05, 50, 9.95, 50)))
    white = Image.new("L", (640, 360), 255)
    masked = mask.burned_into(white)
    assert masked.getpixel((159, 200)) == 0
    assert masked.getpixel((160, 200)) == 255
    assert masked.getpixel((639, 359)) == 0
    assert masked.getpixel((576, 180)) == 0
    assert white.getpixel((0, 0)) == 255
    ring = FrameRing(mask)
    ring.add(Image.new("L", (1280, 720), 255), 0.0)
    kept = opened(ring.since(1, 0.0)[0][1])
    assert kept.getpixel((80, 180)) < 20
    assert kept.getpixel((320, 180)) > 235
    still = opened(jpeg(Image.new("RGB", (1920, 1080), "white"), mask))
    assert max(still.getpixel((240, 540))) < 20
    assert min(still.getpixel((960, 540))) > 235


@pytest.mark.parametrize("box", [[-1, 0, 10, 10], [0, 0, 0, 10], [95, 0, 10, 10], [0, 0, 10], ["x", 0, 1, 1]])
def test_N15_a_mask_that_is_not_in_the_picture_is_refused(box):
    with pytest.raises(ValidationError, match="masks"):
        CameraOptions(masks=[box])


def seen(lens, pictures, begin=0.0):
    now = begin
    for picture in pictures:
        lens.look(picture, now)
        now += 1.0
    return now


def test_N15_a_lens_that_is_covered_is_noticed_and_so_is_that_it_sees_again():
    lens = Lens()
    now = seen(lens, [scene()] * 30)
    now = seen(lens, [Image.new("L", (1280, 720), 4)] * int(COVERED_SECONDS), now)
    assert not lens.covered
    now = seen(lens, [Image.new("L", (1280, 720), 4)] * 2, now)
    assert lens.covered
    seen(lens, [scene()], now)
    assert not lens.covered


def test_N15_a_lens_with_grease_on_it_is_noticed_and_neither_dusk_nor_a_person_is_taken_for_it():
    lens = Lens()
    now = seen(lens, [scene(n) for n in range(40)])
    greasy = scene(1).filter(ImageFilter.GaussianBlur(14))
    now = seen(lens, [greasy] * int(BLURRED_SECONDS - 5), now)
    assert not lens.blurred
    now = seen(lens, [scene(2)], now)
    now = seen(lens, [scene(n, light=0.3) for n in range(int(BLURRED_SECONDS) + 20)], now)
    assert not lens.blurred
    now = seen(lens, [greasy] * int(BLURRED_SECONDS + 3), now)
    assert lens.blurred
    seen(lens, [scene(3)], now)
    assert not lens.blurred


def test_N15_a_clip_names_each_frame_and_a_byte_that_was_changed():
    content = make_clip([(-5000, b"one"), (-250, b"two"), (9900, b"three")])
    frames = read_clip(content)
    assert [each.moment for each in frames] == [-5000, -250, 9900]
    line = content.partition(b"\n")[0]
    for at in range(len(content)):
        changed = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        if at < len(line):
            assert clip_name(changed) != clip_name(content), at
        else:
            with pytest.raises(BadClip):
                read_clip(changed)
    assert [read_frame(io.BytesIO(content), number) for number in range(3)] == frames
    assert read_frame(io.BytesIO(content), 3) is None
    assert read_frame(io.BytesIO(content), -1) is None
    with pytest.raises(BadClip, match="frame 2"):
        read_frame(io.BytesIO(content.replace(b"two", b"TWO")), 1)
    with pytest.raises(BadClip, match="frame 2"):
        read_clip(content.replace(b"two", b"TWO"))
    for nonsense in (b"", b"[]x", b"{}", b"[[1,2]]\n", b"[" * 50_000, b"null\n", b'[[0,"x",-4]]\nabc'):
        with pytest.raises(BadClip):
            read_clip(nonsense)


async def test_N15_the_child_hands_over_what_it_saw_with_the_mask_in_it(tmp_path):
    scene(1).save(tmp_path / "1.png")
    camera = open_camera(CameraOptions(kind="files", folder=tmp_path, masks=[[0, 0, 50, 100]]))
    running = asyncio.create_task(camera.run())
    await camera.still()
    scene(4).save(tmp_path / ".2", "PNG")
    (tmp_path / ".2").rename(tmp_path / "2.png")
    async with asyncio.timeout(20):
        while len(frames := await camera.frames(15)) < 2:  # noqa: ASYNC110  another process answers
            await asyncio.sleep(0.05)
    for moment, picture in frames:
        assert moment <= 0
        assert max(opened(picture).crop((0, 0, 310, 360)).getextrema()) < 40
    assert camera.lens == ""
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
