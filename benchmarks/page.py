"""The parts of a page in ``docs/`` that a script writes: between ``<!-- name -->`` and its end."""

import re


def replace(page: str, name: str, text: str) -> str:
    """The page with ``text`` between ``<!-- name -->`` and the next ``<!-- end -->``."""
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    if not pattern.search(page):
        raise SystemExit(f"the page has no marker <!-- {name} -->")
    return pattern.sub(lambda found: f"{found[1]}{text}\n{found[2]}", page)
