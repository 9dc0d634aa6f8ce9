"""Bytes of a stranger become a small picture, or a clear refusal: nothing in them is believed."""

from __future__ import annotations

import hashlib
import io
import threading

from PIL import Image, ImageOps, UnidentifiedImageError

from apps.catalog.engine.embedding.image import Picture
from apps.catalog.engine.errors import CatalogError

MOST_BYTES = 8 * 1024 * 1024
# A small file may unfold to gigabytes. Telephones make some 12 megapixels, at times 50, as JPEG, and those are
# unfolded at a fraction of their size.
MOST_PIXELS = 25_000_000
MOST_PIXELS_OF_JPEG = 60_000_000
# Told by their first bytes, whatever their name or their server says. No format of vectors, so no scripts.
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
# The model looks at 224 x 224 of it.
_EDGE = 448
# It looks at the middle of what is longer; without this limit a line of pixels would be blown up to millions.
_LONGEST = 3
# Unfolding is the one step that needs much memory: one at a time, however many were fetched at once.
_one_at_a_time = threading.Semaphore(1)


def decode(data: bytes, *, patience: float | None = None) -> Picture:
    """The picture in these bytes, upright, opaque and small, with nothing of what was written beside it (EXIF).

    `CatalogError`: `bad_image` (too many bytes or pixels, not one of the known formats, or damaged), `busy`
    (others were looked at for all the seconds of `patience`).
    """
    if len(data) > MOST_BYTES:
        raise _refused(f"it is larger than {MOST_BYTES // (1024 * 1024)} MB")
    if not _one_at_a_time.acquire(timeout=patience):
        raise CatalogError("busy", "Too many pictures are looked at right now. Try again.", retryable=True)
    try:
        return _decoded(data)
    finally:
        _one_at_a_time.release()


def _decoded(data: bytes) -> Picture:
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            return Picture(digest=hashlib.sha256(data).digest(), image=_small(image))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many() from error
    except UnidentifiedImageError as error:
        raise _refused("it is no JPEG, PNG, WebP or GIF") from error
    except CatalogError:
        raise
    except Exception as error:  # Pillow raises anything for broken files, and what it says is not for strangers
        raise _refused("it is damaged") from error


def _small(image: Image.Image) -> Image.Image:
    width, height = image.size
    if width * height > (MOST_PIXELS_OF_JPEG if image.format == "JPEG" else MOST_PIXELS):
        raise _too_many()
    image.draft("RGB", (_EDGE, _EDGE))  # JPEG alone: unfolded at 1/2, 1/4 or 1/8 of its size
    image.load()  # what fails from here on is not the pixels
    upright = _upright(image)
    width, height = upright.size
    longest = _LONGEST * min(width, height)
    if max(width, height) > longest:
        upright = ImageOps.fit(upright, (min(width, longest), min(height, longest)))
    upright.thumbnail((_EDGE * _LONGEST, _EDGE) if width > height else (_EDGE, _EDGE * _LONGEST))
    return _opaque(upright)


def _upright(image: Image.Image) -> Image.Image:
    """As its EXIF says; a picture whose EXIF is broken is used as it lies."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # as above: struct.error, for one
        return image


def _opaque(image: Image.Image) -> Image.Image:
    """On white, as shops show it. The new picture carries over pixels alone."""
    if image.has_transparency_data:
        image = image.convert("RGBA")
        plain = Image.new("RGB", image.size, "white")
        plain.paste(image, mask=image.getchannel("A"))
        return plain
    plain = Image.new("RGB", image.size)
    plain.paste(image.convert("RGB"))
    return plain


def _too_many() -> CatalogError:
    return _refused("it has too many pixels")


def _refused(why: str) -> CatalogError:
    return CatalogError("bad_image", f"This picture cannot be used: {why}.")
