"""Fills in the form of a new campaign and presses its buttons, as a member of staff does."""

import io
import re
from html import unescape

from werkzeug.test import TestResponse

from kit.staff import Staff

NEW = "/campaigns/new"
FILE = b"First name,Phone\nAda,415 555 0101\nBen,(415) 555-0102\n"


def check(staff: Staff, file: bytes | None = FILE, **fields: str) -> TestResponse:
    """Fill in the form, choose the file, and press Check."""
    filled = {"name": "Spring fair", "message": "Hello {{first_name}}", "first_wait": "60"}
    chosen = {} if file is None else {"contacts": (io.BytesIO(file), "class 4b.csv")}
    return staff.press(NEW, **filled | chosen | {"step": "check"} | fields)


def press(staff: Staff, page: TestResponse, step: str, **fields: str) -> TestResponse:
    """Press a button of the page that a post was answered with, as it stands."""
    main = page.text.partition("<main")[2]
    tags = re.findall(r"<input [^>]*>", main)
    given = [dict(re.findall(r'(\w+)="([^"]*)"', tag)) for tag in tags]
    values = {each["name"]: unescape(each["value"]) for each in given if each.get("value")}
    message = re.findall(r"<textarea[^>]*>\s*(.*?)</textarea>", main, re.DOTALL)
    written = {"message": unescape(message[0])} if message else {}
    unticked = {} if "checked" in main else {"skip_bad": ""}
    data = {k: v for k, v in (values | written | unticked | fields).items() if v}
    return staff.client.post(NEW, data=data | {"step": step})
