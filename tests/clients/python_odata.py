"""python-odata, in an environment of its own: entities from `$metadata`, then queries of them."""

import json
import sys
from datetime import datetime

from odata import ODataService  # type: ignore[import-not-found]

asked = json.load(sys.stdin)
service = ODataService(
    asked["origin"],
    reflect_entities=True,
    quiet_progress=True,
    extra_headers={"X-API-KEY": asked["key"], "OData-MaxVersion": "4.0"},
)
Image = service.entities["images"]
images = service.query(Image)
since = images.filter(Image.createdOn >= datetime.fromisoformat(asked["since"]))
quoted = images.filter(Image.reference == asked["quoted"]).all()

found = {
    "all": [image.reference for image in images.order_by(Image.reference.asc())],
    "quoted": [image.reference for image in quoted],
    "tagged": [image.reference for image in images.filter(f"tags/any(t:t eq '{asked['tag']}')")],
    "since": [image.reference for image in since],
    "count": since.count(),
    "one": images.get(asked["quoted"]).reference,
    "sameTime": images.filter(Image.createdOn == quoted[0].createdOn).first() is not None,
    "tags": quoted[0].tags,
}
sys.stdout.write(json.dumps(found))
