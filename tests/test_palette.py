"""Every word has a look of its own that grey print, colour-blind readers and words on it can bear."""

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from evidence import palette
from evidence.counts import CERTAINTY_FOUND
from evidence.judgements import SUPPORT


def _linear(colour):
    c = np.array(to_rgb(colour))
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def _luminance(colour):
    return float(_linear(colour) @ [0.2126, 0.7152, 0.0722])


def _lightness(colour):
    y = _luminance(colour)
    return 116 * np.cbrt(y) - 16 if y > 0.008856 else 903.3 * y


def _contrast(one, two):
    high, low = sorted((_luminance(one), _luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


DEUTAN = [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]
PROTAN = [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]


def _lab(linear):
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ linear
    f = np.cbrt(np.clip(xyz / [0.9505, 1, 1.089], 1e-6, None))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_every_level_has_a_look_of_its_own():
    looks = palette.SUPPORT_LOOKS.values()
    assert set(palette.SUPPORT_LOOKS) >= set(SUPPORT)
    assert len({look.fill for look in looks}) == len({look.mark for look in looks}) == len(looks)


def test_levels_differ_in_lightness_so_that_grey_print_tells_them_apart():
    lightness = sorted(_lightness(look.fill) for look in palette.SUPPORT_LOOKS.values())
    assert min(np.diff(lightness)) > 4
    rising = [_lightness(palette.CERTAINTY_LOOKS[word].fill) for word in CERTAINTY_FOUND]
    assert max(np.diff(rising)) < -4


@pytest.mark.parametrize("sight", [np.eye(3), DEUTAN, PROTAN], ids=["all cones", "deutan", "protan"])
def test_levels_differ_for_colour_blind_readers(sight):
    seen = [_lab(np.clip(sight @ _linear(look.fill), 0, 1)) for look in palette.SUPPORT_LOOKS.values()]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 6


def test_words_on_colours_have_contrast():
    looks = [look for looks in palette.IN_TABLES for look in looks.values()]
    assert min(_contrast(look.ink, look.fill) for look in looks) >= 4.5
    for ground in ("#FFFFFF", "#FBF0E3", "#F4F7FA"):
        assert _contrast(palette.QUIET, ground) >= 4.5


def test_every_mark_of_a_level_has_its_sign_for_tables():
    assert {look.mark for look in palette.SUPPORT_LOOKS.values()} <= set(palette.SIGNS)


def test_no_two_words_of_tables_share_a_class():
    words = [word for looks in palette.IN_TABLES for word in looks]
    assert len(words) == len(set(words))
