"""Where ``data=folder`` looks up its pictures: in folders, or beside tables of their names."""

from dataclasses import asdict
from pathlib import Path

from mlp_scratch.data.pictures.listing import listing_of
from mlp_scratch.data.requests import Plan, Request, existing, test_file
from mlp_scratch.errors import DataError

TABLES = (".csv", ".tsv", ".txt")
METADATA = "metadata.csv"  # the table in a folder, as Hugging Face has it


def plan_folder(request: Request) -> Plan:
    """Raises DataError for what is neither a folder nor a table."""
    from mlp_scratch.data.pictures import picture_folder

    places = _with_tables([existing(request), *test_file(request)])
    tables = [path for path in places if path.suffix.lower() in TABLES and path.is_file()]
    if tables and tables != places:
        raise DataError(f"{places[0]}, {places[1]}: one is a table of pictures, the other is not")
    if request.label is not None and not tables:
        raise DataError(
            f"data.label={request.label}: the classes are the folders of {places[0]}; only tables "
            "of pictures have columns (data.path=FILE.csv)"
        )
    folders = [path.parent for path in tables] or [*map(picture_folder.checked_folder, places)]
    listings = tuple(map(listing_of, folders))
    found = [*zip(places, listings, strict=True)]
    options = {"folders": [str(listing.root) for listing in listings]} | asdict(request.pictures)
    if not tables:
        return Plan(
            [],
            lambda: picture_folder.parse_folder(found, request.pictures, request.task),
            options,
            listings,
        )
    return Plan(
        tables,
        lambda: picture_folder.parse_picture_tables(
            found, request.pictures, request.label, request.reading
        ),
        options | {"label": request.label, "reading": asdict(request.reading)},
        listings,
    )


def _with_tables(places: list[Path]) -> list[Path]:
    """Folders that hold METADATA, or such folders for training and test, give way to it."""
    if len(places) == 1 and (places[0] / "train" / METADATA).is_file():
        places = [places[0] / part for part in ("train", "test")]
        places = [place for place in places if (place / METADATA).is_file()]
    return [place / METADATA if (place / METADATA).is_file() else place for place in places]
