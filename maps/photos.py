"""Photos as the page carries them: one island with the pictures' bytes, and for each site which ones it names."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from layers.photos import Photos
from maps.payload import Island, page_texts


def photo_island(photos: Photos, sites: pd.DataFrame, folder: str) -> Island:
    """A row for each photo that a site names, by site: `name`, `moment`, `code` (why it is not shown), its picture.

    Places: `site` counts the rows of `sites`, `picture` counts `pictures` from 1 on, 0 where it cannot be shown.
    Facts: `names` of the pictures in the folder, `sizes` in pixels, and `folder`, the way from the page to it.
    """
    rows = {
        key: row
        for row, key in enumerate(
            zip(*(page_texts(sites[one]).to_pylist() for one in ("layer", "site_id")), strict=True)
        )
    }
    found = [(rows[one.layer, one.site_id], one) for one in photos.mentions if (one.layer, one.site_id) in rows]
    found.sort(key=lambda pair: pair[0])
    island = Island(len(found))
    texts = {
        name: pa.array([getattr(one, name) for _, one in found], pa.large_string())
        for name in ("name", "moment", "code")
    }
    island.add_text("name", texts["name"])
    island.add_codes("moment", texts["moment"])
    island.add_codes("code", texts["code"])
    island.add_series("site", np.array([row for row, _ in found], dtype=np.int64))
    island.add_series("picture", np.array([one.picture + 1 for _, one in found], dtype=np.int64))
    island.add_files("pictures", [small.data for _, small in photos.pictures])
    island.facts = {
        "names": [name for name, _ in photos.pictures],
        "sizes": [[small.width, small.height] for _, small in photos.pictures],
        "folder": folder,
    }
    return island
