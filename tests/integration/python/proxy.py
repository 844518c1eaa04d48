"""A TCP proxy that a test can stall, slow down and cut, one way or both: the network between two sockets."""

import asyncio
import threading

PASS, STALL, DRIBBLE, CUT = "pass", "stall", "dribble", "cut"
TOWARDS, BACK = 0, 1  # the server, the client
CHUNK = 65536


class Proxy:
    """Listens on a port of its own and hands everything on to `target`, as its mode says.

    PASS hands on. STALL reads nothing: queues fill up, the connection stays. DRIBBLE hands on a few bytes at a time. CUT ends every
    connection at once and every new one. A mode of one direction leaves the other as it is."""

    def __init__(self, target):
        host, port = target.removeprefix("tcp://").split(":")
        self.target = host, int(port)
        self.modes = [PASS, PASS]
        self.writers, self.connections, self.bytes = set(), 0, [0, 0]
        self.loop = asyncio.new_event_loop()
        self.changed = asyncio.Event()
        ready = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self.thread.start()
        ready.wait()
        self.endpoint = f"tcp://127.0.0.1:{self.port}"

    def set(self, mode, directions=(TOWARDS, BACK)):
        """Changes the mode; CUT is always both ways."""
        def change():
            for direction in (TOWARDS, BACK) if mode == CUT else directions:
                self.modes[direction] = mode
            if mode == CUT:
                for writer in list(self.writers):
                    writer.transport.abort()
            self.changed.set()
            self.changed = asyncio.Event()

        self._call(change)

    def close(self):
        self._call(lambda: [task.cancel() for task in asyncio.all_tasks(self.loop)])
        self.thread.join()
        self.loop.close()

    def _call(self, function):
        done = threading.Event()
        self.loop.call_soon_threadsafe(lambda: (function(), done.set()))
        done.wait()

    def _run(self, ready):
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_until_complete(self._serve(ready))
        except asyncio.CancelledError:
            pass

    async def _serve(self, ready):
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        async with server:
            await server.serve_forever()

    async def _connect(self, reader, writer):
        self.connections += 1
        try:
            if CUT in self.modes:
                return
            far_reader, far_writer = await asyncio.open_connection(*self.target)
        except OSError:
            return
        finally:
            if CUT in self.modes:
                writer.transport.abort()
        ends = {writer, far_writer}
        self.writers |= ends
        pumps = [asyncio.ensure_future(self._pump(TOWARDS, reader, far_writer)),
                 asyncio.ensure_future(self._pump(BACK, far_reader, writer))]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            for end in ends:
                end.transport.abort()
            self.writers -= ends

    async def _pump(self, direction, reader, writer):
        try:
            while True:
                while self.modes[direction] == STALL:
                    await self.changed.wait()
                data = await reader.read(7 if self.modes[direction] == DRIBBLE else CHUNK)
                while self.modes[direction] == STALL:
                    await self.changed.wait()
                if not data:
                    return
                self.bytes[direction] += len(data)
                writer.write(data)
                await writer.drain()
        except (OSError, ConnectionError):
            return
