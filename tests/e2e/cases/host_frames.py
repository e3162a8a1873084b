# SPDX-License-Identifier: GPL-3.0-or-later
"""Animation: frames are read at their times, and their colours become one animated layer in one undo step."""

from __future__ import annotations

from typing import Any

from nurie_e2e.api import Api, Steps
from nurie_e2e.qt import QtCore, QtGui

from e2e.cases._drawing import active, argb, by_name, lines, plain, step
from nurie_krita.document import KritaHost
from nurie_krita.host import LineArt
from nurie_krita.protocol import NurieError

SECONDS = 500

TIMES = (0, 3, 7)


def _animate(api: Api, document: Any, layer: Any, times: tuple[int, ...]) -> Steps:
    """Keyframes as an artist makes them; a bar moves to the right by 10 px a frame."""
    layer.enableAnimation()
    document.setActiveNode(layer)
    yield 200
    for time in times:
        document.setCurrentTime(time)
        document.waitForDone()
        yield 150
        api.trigger("add_blank_frame")
        document.waitForDone()
        yield 200
        bar = plain(4, 60, QtGui.QColor("black"))
        layer.setPixelData(QtCore.QByteArray(api.bytes_of(bar)), 10 + 10 * time, 10, 4, 60)
        document.waitForDone()
        yield 100


def _frames(layer: Any, times: tuple[int, ...], x: int, y: int) -> list[str]:
    return [bytes(layer.pixelDataAtTime(x, y, 1, 1, time)).hex() for time in times]


def _apply(api: Api, host: KritaHost, arts: list[LineArt], colors: list[QtGui.QImage], name: str) -> Steps:
    made: list[str] = []
    failed: list[NurieError] = []
    host.apply_frames(arts, colors, name, made.append, failed.append)
    api.equal(f"{name}: not yet", (made, failed), ([], []))
    yield from api.until(f"{name}: done", lambda: made or failed, 60_000)
    api.equal(f"{name}: no error", [str(error) for error in failed], [])
    yield 400


def case_one_layer(api: Api) -> Steps:
    host = KritaHost()
    for model, depth in (("RGBA", "U8"), ("RGBA", "U16"), ("CMYKA", "U8")):
        space = f"{model} {depth}"
        document = yield from api.new_document(128, 96, model, depth, name=space)
        layer = document.createNode("Line art", "paintlayer")
        document.rootNode().addChildNode(layer, None)
        document.waitForDone()
        yield 200
        if space == "RGBA U8":
            yield from _animate(api, document, layer, TIMES)
        else:
            yield from _animate_converted(api, document, layer)
        layer = by_name(document, "Line art")
        keys = tuple(time for time in range(12) if layer.hasKeyframeAtTime(time))
        api.equal(f"{space}: keyframes", keys, TIMES)
        own = [bytes(layer.pixelDataAtTime(0, 0, 128, 96, time)) for time in TIMES]
        now = document.currentTime()
        facts = active(host)
        api.equal(f"{space}: facts", facts.frames, 3)
        api.equal(f"{space}: times", host.frames(facts.id, "active"), list(TIMES))
        arts = [host.read_frame(facts.id, "active", time) for time in TIMES]
        api.equal(f"{space}: time of each", [art.time for art in arts], list(TIMES))
        if space == "RGBA U8":
            dark = [[x for x in range(128) if argb(art.image, x, 40)[3] > 128][:1] for art in arts]
            api.equal(f"{space}: lines of each", dark, [[10 + 10 * time] for time in TIMES])
        colors = [plain(128, 96, QtGui.QColor.fromHsv(time * 30, 255, 255)) for time in TIMES]
        at = step(api)
        yield from _apply(api, host, arts, colors, "Colors · test")
        api.equal(f"{space}: one entry", step(api), at + 1)
        made = by_name(document, "Colors · test")
        api.require(f"{space}: layer", made is not None)
        api.equal(f"{space}: order", api.names(document), ["Background", "Colors · test", "Line art"])
        api.equal(f"{space}: its keyframes", [t for t in range(12) if made.hasKeyframeAtTime(t)], list(TIMES))
        own_space = (document.colorModel(), document.colorDepth(), document.colorProfile())
        api.equal(f"{space}: colour space", (made.colorModel(), made.colorDepth(), made.colorProfile()), own_space)
        api.equal(f"{space}: current time", document.currentTime(), now)
        api.equal(f"{space}: active layer", document.activeNode().name(), "Line art")
        api.equal(f"{space}: the artist's frames", [bytes(layer.pixelDataAtTime(0, 0, 128, 96, t)) for t in TIMES], own)
        if space == "RGBA U8":
            api.equal(f"{space}: colours", _frames(made, TIMES, 100, 90), [_bgra(color) for color in colors])
        seen = []
        yield from api.undo(document)
        api.equal(f"{space}: undone", api.names(document), ["Background", "Line art"])
        yield from api.redo(document)
        for time in (0, 3, 5, 7):
            document.setCurrentTime(time)
            document.waitForDone()
            yield 200
            seen.append(QtGui.QColor(*api.pixel(document, 120, 90)).hue())
        wanted = [0, 90, 90, 210]
        api.check(
            f"{space}: seen",
            all(min(abs(a - b), 360 - abs(a - b)) <= 20 for a, b in zip(seen, wanted, strict=True)),
            seen,
        )
        yield from api.close(document)


def _bgra(image: QtGui.QImage) -> str:
    red, green, blue, alpha = argb(image, 0, 0)
    return bytes((blue, green, red, alpha)).hex()


def _animate_converted(api: Api, document: Any, layer: Any) -> Steps:
    """Keyframes without pixels of known bytes: the space is not 8-bit RGB."""
    layer.enableAnimation()
    document.setActiveNode(layer)
    yield 200
    size = 8 if document.colorDepth() == "U16" else 5
    for time in TIMES:
        document.setCurrentTime(time)
        document.waitForDone()
        yield 150
        api.trigger("add_blank_frame")
        document.waitForDone()
        yield 200
        layer.setPixelData(QtCore.QByteArray(bytes([255] * size * 40)), 10, 10, 10, 4)
        document.waitForDone()
        yield 100


def case_group(api: Api) -> Steps:
    """Two animated layers in a group: a colour for every time at which one of them changes."""
    host = KritaHost()
    document = yield from api.new_document(128, 96, name="group")
    group = document.createGroupLayer("Figure")
    document.rootNode().addChildNode(group, None)
    for name, own in (("Body", (0, 4)), ("Arm", (0, 2, 6))):
        layer = document.createNode(name, "paintlayer")
        group.addChildNode(layer, None)
        document.waitForDone()
        yield 200
        yield from _animate(api, document, by_name(document, name), own)
    still = document.createNode("Still", "paintlayer")
    still.setPixelData(QtCore.QByteArray(api.bytes_of(lines(128, 96))), 0, 0, 128, 96)
    group.addChildNode(still, None)
    yield from api.settle(document)
    facts = active(host)
    source = next(source.id for source in facts.sources if source.name == "Figure")
    times = host.frames(facts.id, source)
    api.equal("times of both", times, [0, 2, 4, 6])
    arts = [host.read_frame(facts.id, source, time) for time in times]
    bars = [[argb(art.image, 10 + 10 * at + 1, 30)[3] > 128 for at in (0, 2, 4, 6)] for art in arts]
    wanted = [(0,), (0, 2), (2, 4), (4, 6)]
    seen = [tuple(at for at, there in zip((0, 2, 4, 6), row, strict=True) if there) for row in bars]
    api.equal("both are seen, as they hold", seen, wanted)
    colors = [plain(128, 96, QtGui.QColor(40 * number, 100, 200)) for number in range(4)]
    at = step(api)
    yield from _apply(api, host, arts, colors, "Colors · group")
    api.equal("one entry", step(api), at + 1)
    made = by_name(document, "Colors · group")
    api.require("layer", made is not None)
    api.equal("its keyframes", [t for t in range(12) if made.hasKeyframeAtTime(t)], times)
    api.equal("colours", _frames(made, tuple(times), 120, 90), [_bgra(color) for color in colors])
    yield from api.undo(document)
    yield from api.wait_for(lambda: len(api.names(document)) == 2)
    api.equal("undone", api.names(document), ["Background", "Figure"])


def case_faults(api: Api) -> Steps:
    host = KritaHost()
    document = yield from api.new_document(128, 96, name="faults")
    layer = document.createNode("Line art", "paintlayer")
    document.rootNode().addChildNode(layer, None)
    document.waitForDone()
    yield 200
    yield from _animate(api, document, layer, (0, 3))
    facts = active(host)
    arts = [host.read_frame(facts.id, "active", time) for time in (0, 3)]
    colors = [plain(128, 96)] * 2
    errors: list[NurieError] = []
    done: list[str] = []
    host.apply_frames([], [], "x", done.append, errors.append)
    api.equal("no frames", (len(errors), done), (1, []))
    # A still source
    still = api.add_layer(document, "Still", lines(128, 96))
    yield from api.settle(document)
    document.setActiveNode(still)
    yield 150
    api.equal("a still has no frames", host.frames(facts.id, "active"), [])
    # One frame failed: the others come, its own is empty.
    at = step(api)
    yield from _apply(api, host, arts[:1], colors[:1], "Colors · part")
    api.equal("one entry", step(api), at + 1)
    made = by_name(document, "Colors · part")
    api.equal("the missing frame is empty", _frames(made, (0, 3), 5, 5), ["2080f0ff", "00000000"])
    # The document goes while frames are being written.
    host.apply_frames(arts, colors, "late", done.append, errors.append)
    yield from api.close(document)
    yield from api.wait_for(lambda: len(errors) > 1 or bool(done), 20_000)
    api.check("closed meanwhile: told or done in time", len(errors) == 2 or bool(done), (errors, done))
    yield 600
