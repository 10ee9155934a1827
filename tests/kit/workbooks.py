"""Workbooks as spreadsheet programs save them, XLSX and ODS written by hand, and one XLS."""

import base64
import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from xml.sax.saxutils import escape

Cell = str | float | bool | date | time | None

_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_PARTS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet knows no zones
_HIDDEN = ' state="hidden"'
_ODS = "application/vnd.oasis.opendocument.spreadsheet"


def xlsx(sheets: Mapping[str, Sequence[Sequence[Cell]]], hidden: Sequence[str] = ()) -> bytes:
    """A workbook of these sheets; None is a cell that was never filled."""
    rows = {name: _rows(cells) for name, cells in sheets.items()}
    return xlsx_of_rows(rows, hidden)


def xlsx_of_rows(sheets: Mapping[str, str], hidden: Sequence[str] = ()) -> bytes:
    """A workbook whose sheets hold this XML of rows."""
    numbered = list(enumerate(sheets.items(), start=1))
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"'
        f"{_HIDDEN if name in hidden else ''}/>"
        for n, (name, _rows) in numbered
    )
    targets = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/s{n}.xml"/>'
        for n, _sheet in numbered
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_TYPES}"/>',
        "_rels/.rels": f'<Relationships xmlns="{_PARTS}"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PARTS}">{targets}'
        f'<Relationship Id="rId99" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><cellXfs count="3"><xf numFmtId="0"/>'
        '<xf numFmtId="22"/><xf numFmtId="20"/></cellXfs></styleSheet>',
    }
    for n, (_name, rows) in numbered:
        parts[f"xl/worksheets/s{n}.xml"] = (
            f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'
        )
    return _zipped(parts)


def ods(*rows: Sequence[str]) -> bytes:
    """A workbook of LibreOffice with one sheet."""
    cells = "".join(
        "<table:table-row>"
        + "".join(
            '<table:table-cell office:value-type="string">'
            f"<text:p>{escape(cell)}</text:p></table:table-cell>"
            for cell in row
        )
        + "</table:table-row>"
        for row in rows
    )
    space = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{space}:office:1.0" '
        f'xmlns:table="{space}:table:1.0" xmlns:text="{space}:text:1.0"><office:body>'
        f'<office:spreadsheet><table:table table:name="Sheet1">{cells}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = f'<manifest:manifest xmlns:manifest="{space}:manifest:1.0"/>'
    return _zipped({"mimetype": _ODS, "content.xml": content, "META-INF/manifest.xml": manifest})


def _zipped(parts: Mapping[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return file.getvalue()


def _rows(rows: Sequence[Sequence[Cell]]) -> str:
    return "".join(
        f'<row r="{n}">{"".join(_cell(f"{chr(65 + c)}{n}", v) for c, v in enumerate(row))}</row>'
        for n, row in enumerate(rows, start=1)
    )


def _cell(place: str, value: Cell) -> str:
    match value:
        case None:
            return ""
        case bool():
            return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
        case str() if value.startswith("#"):
            return f'<c r="{place}" t="e"><v>{value}</v></c>'
        case str():
            return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        case time():
            day = (value.hour * 60 + value.minute) / 1440
            return f'<c r="{place}" s="2"><v>{day}</v></c>'
        case date():
            moment = value if isinstance(value, datetime) else datetime.combine(value, time())
            return f'<c r="{place}" s="1"><v>{(moment - _EPOCH).total_seconds() / 86400}</v></c>'
        case _:
            return f'<c r="{place}"><v>{value!r}</v></c>'


_XLS = """
eNrtWE1oE0EU/t4maX5o001NhFYsoWC1tRf14qXdVtCeDFEPShE0tQFLayLBi16s1hwFwZPiwUIvXqpe/EEFvXkQ
KnoQBCHRY0EQVDy0Wd+8nS1p9dCAlirzLfPN2zdvdl5m3rzN7Ov5RGXmfkcVqzCAAGpuFE11OuIS9W9scLvrKtGv
I1xcg38K0QgvZFMIT1pehdUaqvWuwsK94Atm4COX4ziLTLGQT68j9okPOVI+9DMTbrEmjnbxqk34lPAm4bti+VR4
UDRXhfvZtkIjmHcyvXt1FB+zuqQtDvXch9LnvWh2IYWXKoovXiPPNoSh0nhucmM2dAabMQtet+F8IV/KTVaQ5AWc
xTc3DXz1d+rztNGvr57A+h8r9eHf6K9bQWAK7kkJ8DIn12cBb4GPLGIrlKxKCMie5v3HxpncmTyrRooLMZWMZfPa
KzZviwR1M/MYWkVOSGjbnJ4X73x5c3A065wQzZQkbC+tb1OewMUl1YM7x6XFWuZe4Z3Cl+WpW0TuEE6yi1x3Z1Na
ODAtNlektZvH2SN462yvk3ewXF449Kiz/MnpYXluuHohOffOmUEXz8QY91fXNPqoj27eUHjs+DXpFPBBuP2XdBCx
bO27q99drVhCTMSEsHenZoe0Pa2yD/AskLa/vTv1/fOQ6kPLMzpgteGBTNFg3UsyBgMDAwMDAwMDA4MNC9J/8NU5
I+idNeQYEdbfdZa41Mxnkv8Wh1Hk6xwfTPejwHUJ5xuKn80Ikf8sWmMf/3uhwlEevYQJjIofEw3HLx8Dqf73rLmj
/ee2UKPj1xrx8y+P/xOtT8Fx
"""


def xls() -> bytes:
    """A workbook of Excel 97: the headings Phone and Name, and Zo\u00eb with 4155550101."""
    return zlib.decompress(base64.b64decode(_XLS))
