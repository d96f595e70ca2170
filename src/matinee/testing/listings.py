"""Lists of titles in CSV, as tests of imports send them."""

HEADER = "show_id,type,title,director,cast,country,date_added,release_year,rating,duration,listed_in,description\n"


def row(key: str, name: str, **over: str) -> str:
    """Return one line; `over` names `type`, `director`, `cast`, `country`, `date`, `year`, `rating` and so on."""
    cells = {"type": "Movie", "director": "", "cast": "", "country": "", "date": "2020-01-02", "year": "2001"}
    cells |= {"rating": "PG", "duration": "90 min", "genres": "Dramas", "text": "Words.", **over}
    values: tuple[str, ...] = (
        key,
        cells["type"],
        name,
        cells["director"],
        cells["cast"],
        cells["country"],
        cells["date"],
    )
    values += (cells["year"], cells["rating"], cells["duration"], cells["genres"], cells["text"])
    return ",".join(f'"{value}"' for value in values) + "\n"


def listing(*rows: str) -> bytes:
    """Return a whole file with its header."""
    return (HEADER + "".join(rows)).encode()
