"""Looking for devices in the network.

`port` (what was found, what a finder is), `search` (all finders at once, as one stream of finds),
`addresses` (a find's address and host, pure), one module a way of announcing: `wsd` (WS-Discovery
messages of ONVIF devices, pure) with `wsd_finder` (its sockets), `bonjour` (announcements of Axis
devices, pure) with `bonjour_finder`.  All I/O on the event loop; what
comes from the network is bounded in size and number and never trusted.
"""
