"""Where the pictures of ``data=folder`` are looked up."""

from dataclasses import asdict

from mlp_scratch.data.pictures.listing import listing_of
from mlp_scratch.data.requests import Plan, Request, existing, test_file


def plan_folder(request: Request) -> Plan:
    from mlp_scratch.data.pictures.picture_folder import checked_folder, parse_folder

    folders = [*map(checked_folder, (existing(request), *test_file(request)))]
    listings = tuple(map(listing_of, folders))
    found = [*zip(folders, listings, strict=True)]
    options = {"folders": [str(listing.root) for listing in listings]}
    return Plan(
        [],
        lambda: parse_folder(found, request.pictures, request.task),
        options | asdict(request.pictures),
        listings,
    )
