"""Draws photos/ of this example: scenes in a few colours, so that nobody takes them for places. Run it with Pillow installed."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from pathlib import Path

from PIL import Image, ImageDraw

PHOTOS = Path(__file__).parent / "photos"
WIDE, HIGH = 960, 640
Colour = tuple[int, int, int]
Draw = ImageDraw.ImageDraw

SKY, FAR, HILL, GRASS, WATER, EARTH = (
    (206, 224, 236), (146, 170, 160), (108, 142, 112), (128, 164, 98), (92, 140, 170), (150, 124, 92),
)  # fmt: skip
WALL, ROOF, DARK, PALE, REED, WASTE = (
    (226, 214, 196), (168, 82, 64), (70, 66, 62), (240, 240, 234), (86, 118, 70), (122, 104, 88),
)  # fmt: skip


def shore(draw: Draw, water_from: int = 420, ground: Colour = GRASS) -> None:
    """Sky, two ranges of hills, a bank and the water of a reservoir."""
    draw.rectangle((0, 0, WIDE, HIGH), fill=SKY)
    draw.polygon([(0, 260), (150, 150), (320, 250), (520, 130), (720, 240), (WIDE, 160), (WIDE, 400), (0, 400)], fill=FAR)
    draw.polygon([(0, 330), (240, 230), (480, 320), (760, 220), (WIDE, 320), (WIDE, 420), (0, 420)], fill=HILL)
    draw.rectangle((0, 380, WIDE, HIGH), fill=ground)
    draw.polygon([(0, water_from + 40), (WIDE, water_from - 20), (WIDE, HIGH), (0, HIGH)], fill=WATER)
    for step in range(5):
        draw.line((60 + step * 170, water_from + 90 + step % 3 * 34, 190 + step * 170, water_from + 86 + step % 3 * 34), fill=PALE, width=3)


def house(draw: Draw, left: int, top: int, wide: int, roof: Colour = ROOF) -> None:
    """A house with a door and two windows."""
    high = wide * 6 // 10
    draw.rectangle((left, top, left + wide, top + high), fill=WALL)
    draw.polygon([(left - 18, top), (left + wide // 2, top - wide // 3), (left + wide + 18, top)], fill=roof)
    draw.rectangle((left + wide * 4 // 10, top + high // 2, left + wide * 6 // 10, top + high), fill=DARK)
    for window in (left + wide // 8, left + wide * 7 // 10):
        draw.rectangle((window, top + high // 4, window + wide // 6, top + high // 2), fill=WATER)


def trees(draw: Draw, spots: list[tuple[int, int]]) -> None:
    for x, y in spots:
        draw.rectangle((x - 5, y, x + 5, y + 46), fill=EARTH)
        draw.ellipse((x - 34, y - 56, x + 34, y + 14), fill=REED)


def built(draw: Draw) -> None:
    """Z-02 before: two houses on the bank."""
    shore(draw, 470)
    house(draw, 190, 310, 210)
    house(draw, 520, 330, 170, (92, 104, 122))
    draw.rectangle((430, 400, 500, 440), fill=EARTH)


def cleared(draw: Draw) -> None:
    """Z-02 after: one house is gone, rubble lies there; the other still stands."""
    shore(draw, 470)
    house(draw, 520, 330, 170, (92, 104, 122))
    chance = random.Random(2)  # noqa: S311 - stones
    for _ in range(70):
        x, y, size = chance.randint(180, 420), chance.randint(380, 450), chance.randint(6, 20)
        draw.polygon([(x, y), (x + size, y - size // 2), (x + size + 5, y + size // 2), (x + 4, y + size)], fill=chance.choice([WALL, ROOF, WASTE]))


def pipe(draw: Draw) -> None:
    """Z-10 before: a pipe lets dark water run into the reservoir."""
    shore(draw, 400, EARTH)
    draw.rectangle((0, 300, 560, 372), fill=WASTE)
    draw.ellipse((500, 290, 610, 384), fill=PALE)
    draw.ellipse((518, 306, 596, 368), fill=DARK)
    draw.polygon([(540, 350), (600, 350), (700, HIGH), (470, HIGH)], fill=(84, 78, 60))


def sealed(draw: Draw) -> None:
    """Z-10 after: the mouth is walled up, the bank is green again."""
    shore(draw, 400)
    draw.rectangle((420, 280, 640, 400), fill=PALE)
    for row in range(4):
        for brick in range(5):
            left = 424 + brick * 44 - row % 2 * 14
            draw.rectangle((max(left, 422), 284 + row * 29, min(left + 40, 638), 308 + row * 29), fill=ROOF)
    trees(draw, [(180, 350), (290, 330), (760, 320)])


def cages(draw: Draw) -> None:
    """Z-04: rows of net cages on the water."""
    shore(draw, 330)
    for row in range(3):
        for column in range(5):
            left, top = 170 + column * 130 - row * 30, 400 + row * 76
            draw.polygon([(left, top), (left + 104, top), (left + 84, top + 54), (left - 20, top + 54)], fill=(70, 116, 146), outline=PALE, width=5)
    house(draw, 60, 300, 90)


def heap(draw: Draw) -> None:
    """Z-05: a heap of slag above a ditch."""
    shore(draw, 560, EARTH)
    draw.polygon([(120, 520), (330, 250), (470, 300), (640, 220), (860, 520)], fill=(86, 82, 84))
    draw.polygon([(330, 250), (470, 300), (430, 520), (240, 520)], fill=(104, 98, 98))
    draw.line((0, 540, WIDE, 530), fill=(148, 128, 60), width=16)


def kitchen(draw: Draw, boats: int = 3) -> None:
    """Z-03 found: a farmhouse with a terrace and fishing platforms on the water."""
    shore(draw, 430)
    house(draw, 240, 250, 230)
    draw.rectangle((480, 330, 720, 350), fill=WASTE)
    for left in range(500, 720, 60):
        draw.ellipse((left, 300, left + 44, 330), fill=ROOF)
    for boat in range(boats):
        left = 130 + boat * 250
        draw.polygon([(left, 500), (left + 170, 500), (left + 150, 540), (left + 20, 540)], fill=EARTH, outline=DARK, width=4)


def emptied(draw: Draw) -> None:
    """Z-03 after: terrace and platforms are gone, the bank is planted."""
    shore(draw, 430)
    trees(draw, [(200, 330), (330, 345), (470, 325), (610, 340), (760, 330)])


def reopened(draw: Draw) -> None:
    """Z-03 at the look-back: a tent on the bank and a platform again."""
    emptied(draw)
    draw.polygon([(380, 410), (500, 270), (620, 410)], fill=ROOF, outline=DARK, width=5)
    draw.polygon([(440, 500), (610, 500), (590, 540), (460, 540)], fill=EARTH, outline=DARK, width=4)


SCENES: Mapping[str, Callable[[Draw], None]] = {
    "Z-02整改前.jpg": built, "Z-02整改后.jpg": cleared, "Z-10_before.jpg": pipe, "Z-10_after.jpg": sealed,
    "Z-04网箱.jpg": cages, "Z-05渣堆.png": heap,
}  # fmt: skip


def main() -> None:
    PHOTOS.mkdir(exist_ok=True)
    for old in PHOTOS.iterdir():
        old.unlink()
    for name, scene in SCENES.items():
        image = Image.new("RGB", (WIDE, HIGH))
        scene(ImageDraw.Draw(image))
        settings = {"quality": 50, "optimize": True} if name.endswith(".jpg") else {"optimize": True}
        small = image.resize((WIDE * 3 // 4, HIGH * 3 // 4), Image.Resampling.LANCZOS)
        (small if name.endswith(".jpg") else small.quantize(32)).save(PHOTOS / name, **settings)


if __name__ == "__main__":
    main()
