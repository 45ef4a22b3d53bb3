"""Devices that speak HTTP: `client` (one log-in to one web server, the only part with a socket),
`mjpeg` (pictures pushed one after the other, or asked for one by one) and `mxpeg`.
"""
