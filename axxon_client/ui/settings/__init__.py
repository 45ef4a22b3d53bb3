"""Settings: `panel` (the object tree), `page` (form of one object), `form` and `fields` (made
from the schema), `zones` (polygons on live video), `rights`, `addcamera`."""
