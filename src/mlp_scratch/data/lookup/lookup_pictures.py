"""Where ``data=folder`` looks up its pictures: in folders, or beside tables of their names."""

from dataclasses import asdict
from functools import partial
from pathlib import Path

from mlp_scratch.data.lookup.data_request import Plan, Request, existing, other_files
from mlp_scratch.data.pictures.folders.listing import listing_of
from mlp_scratch.errors import DataError

TABLES = (".csv", ".tsv", ".txt")
METADATA = "metadata.csv"  # the table in a folder, as Hugging Face has it


def plan_folder(request: Request) -> Plan:
    """Raises DataError for what is neither a folder nor a table."""
    from mlp_scratch.data.pictures.folders import picture_folder

    parts = _with_tables({"train": existing(request), **other_files(request)})
    places = [*parts.values()]
    tables = [path for path in places if path.suffix.lower() in TABLES and path.is_file()]
    if tables and tables != places:
        raise DataError(
            f"{', '.join(map(str, places))}: some are tables of pictures, others are not"
        )
    if request.label is not None and not tables:
        raise DataError(
            f"data.label={request.label}: the classes are the folders of {places[0]}; only tables "
            "of pictures have columns (data.path=FILE.csv)"
        )
    folders = [path.parent for path in tables] or [*map(picture_folder.checked_folder, places)]
    listings = tuple(map(listing_of, folders))
    found = dict(zip(parts, zip(places, listings, strict=True), strict=True))
    roots = {part: str(listing.root) for part, (_, listing) in found.items()}
    options = {"folders": roots} | asdict(request.pictures)
    if not tables:
        parse = partial(picture_folder.parse_folder, found, request.pictures, request.task)
        return Plan([], parse, options, listings)
    more = {"label": request.label, "reading": asdict(request.reading)}
    said = request.pictures, request.label, request.reading
    parse = partial(picture_folder.parse_picture_tables, found, *said)
    return Plan(tables, parse, options | more, listings)


def _with_tables(places: dict[str, Path]) -> dict[str, Path]:
    """Folders that hold METADATA, or such folders for training and test, give way to it."""
    train = places["train"]
    if len(places) == 1 and (train / "train" / METADATA).is_file():
        folders = {"train": "train", "test": "test", "val": "validation"}
        there = {part: train / folder for part, folder in folders.items()}
        places = {part: place for part, place in there.items() if (place / METADATA).is_file()}
    return {
        part: place / METADATA if (place / METADATA).is_file() else place
        for part, place in places.items()
    }
