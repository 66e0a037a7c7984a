"""The ten-line aiohttp server that cold start and idle memory are compared with. Usage: plain.py PORT."""

import sys

from aiohttp import web


async def hello(_: web.Request) -> web.Response:
    return web.json_response({"hello": "world"})


app = web.Application()
app.add_routes([web.get("/", hello)])
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
