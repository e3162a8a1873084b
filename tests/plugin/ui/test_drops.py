"""What file managers, browsers and Krita hand over, understood."""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st

from fakes import panel as fake
from nurie_krita.qt import QtCore, QtGui
from nurie_krita.ui import drops

PNG = b"\x89PNG\r\n\x1a\nnot really"


def mime(*, urls: tuple[str, ...] = (), html: str = "", image: QtGui.QImage | None = None) -> QtCore.QMimeData:
    found = QtCore.QMimeData()
    if urls:
        found.setUrls([QtCore.QUrl(url) for url in urls])
    if html:
        found.setHtml(html)
    if image is not None:
        found.setImageData(image)
    return found


def test_a_file_manager_gives_files() -> None:
    found = mime(urls=("file:///art/a%20b.png", "file:///art/c.jpg"), image=fake.portrait(1))
    assert drops.acceptable(found)
    assert drops.read(found).files == ("/art/a b.png", "/art/c.jpg")
    assert not drops.read(found).images  # a file is better than the thumbnail that comes with it


def test_a_layer_or_the_clipboard_gives_pixels() -> None:
    found = drops.read(mime(image=fake.portrait(1)))
    assert [(image.size(), name) for image, name in found.images] == [(QtCore.QSize(240, 320), "")]


def test_a_browser_gives_pixels_with_the_name_in_the_address() -> None:
    found = drops.read(mime(urls=("https://example.org/art/Alice%20front.png?size=2",), image=fake.portrait(1)))
    assert [name for _, name in found.images] == ["Alice front"]


def test_a_picture_inside_a_page_is_read_from_it() -> None:
    text = base64.b64encode(PNG).decode()
    found = drops.read(mime(html=f'<p><img alt="x" src="data:image/png;base64,{text}"></p>'))
    assert found.data == ((PNG, ""),)


def test_a_link_alone_is_told_about_never_fetched() -> None:
    found = drops.read(mime(urls=("https://example.org/a.png",), html='<img src="https://example.org/a.png">'))
    assert found.links == ("https://example.org/a.png",)
    assert found == drops.Dropped(links=found.links)


def test_text_is_no_picture() -> None:
    text = QtCore.QMimeData()
    text.setText("hello")
    assert not drops.acceptable(text)
    assert not drops.read(text)
    assert not drops.acceptable(None)
    assert not drops.read(None)


@given(st.text(max_size=200))
def test_no_page_breaks_it(text: str) -> None:
    found = drops.read(mime(html=f'<img src="data:image/png;base64,{text}">'))
    assert not found.files


@given(st.binary(min_size=1, max_size=300))
def test_inline_bytes_come_back_whole(data: bytes) -> None:
    text = base64.b64encode(data).decode()
    assert drops.read(mime(html=f"<IMG class='a' SRC='data:image/jpeg;base64,{text}'>")).data == ((data, ""),)
