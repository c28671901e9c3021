"""Makes the README's pictures from the golden mails with headless Chromium; never run by tests.

``python tests/alerts/make_pictures.py`` needs ``chromium`` on the PATH.
"""

from __future__ import annotations

import email
import email.policy
import subprocess
import tempfile
from pathlib import Path

from tests.alerts.mail_samples import GOLDEN

PICTURES = Path(__file__).parent / "pictures"
SHOTS = {"alert": ("critical_answered", 390, 1825, 1), "digest": ("digest_busy", 760, 860, 1)}
"""Golden mail, width, height, pixels for each point."""


def shoot(name: str, golden: str, width: int, height: int, scale: int) -> Path:
    """Photograph one golden mail; return the file."""
    mail = email.message_from_bytes((GOLDEN / f"{golden}.eml").read_bytes(), policy=email.policy.default)
    page = mail.get_body(("html",))
    if page is None:
        raise ValueError(f"{golden} has no HTML part")
    picture = PICTURES / f"{name}.png"
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "mail.html"
        source.write_text(page.get_content(), encoding="utf-8")
        frame = Path(folder) / "frame.html"
        # a window is never narrower than 500 points, a frame is
        frame.write_text(
            f'<!DOCTYPE html><body style="margin:0"><iframe src="mail.html" style="border:0;width:{width}px;height:{height}px">',
            encoding="utf-8",
        )
        command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        options = [f"--window-size={width},{height}", f"--force-device-scale-factor={scale}"]
        subprocess.run([*command, *options, f"--screenshot={picture}", frame.as_uri()], check=True)
    return picture


def main() -> None:
    """Make every picture anew."""
    PICTURES.mkdir(exist_ok=True)
    for name, (golden, width, height, scale) in SHOTS.items():
        picture = shoot(name, golden, width, height, scale)
        print(picture.name, picture.stat().st_size)  # noqa: T201 -- a script for developers


if __name__ == "__main__":
    main()
