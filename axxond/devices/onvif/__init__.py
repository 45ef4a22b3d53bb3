"""ONVIF devices (profiles S and T, parts of G): the driver `onvif`.

Without I/O: `address` (of devices and streams), `messages` (requests by zeep from ONVIF's WSDLs),
`faults` (refusals as sentences), `profiles` (media profiles and which to take), `nodes` (ranges of
PTZ units), `topics` (notifications as events), `quirks` with `quirks.toml` (what devices do in
their own way, as data). All I/O is in `link`: SOAP and HTTP on the event loop, no thread but for
parsing a WSDL once. One module a service on top of it: `services`, `clock`, `media`, `encoders`,
`ptz`, `lens`, `ports`, `events`, `metadata`, `talk`; `survey` asks a device for all of it,
`simple` for the least (compatibility mode), `control` joins them, `driver` is the driver.
"""
