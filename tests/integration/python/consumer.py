"""A consumer of the public feed that does it right: subscribes, counts, and fetches what it missed."""

import threading

import zmq

from cell import NoAnswer, Refused, Session, wait_until
from elp.v1 import reporting_pb2


class Consumer(threading.Thread):
    """Follows all topics of its networks in a thread of its own until close(); `taken` holds every event once, in the
    order of its topic."""

    def __init__(self, cell, networks, as_="consumer", hold=None, queue=1000, feed=None, commands=None):
        """With `hold` it subscribes and reads nothing until that event is set; feed and commands: other ways to reporting."""
        super().__init__(daemon=True)
        self.hold, self.queue = hold, queue
        self.feed, self.commands = feed, commands
        self.cell, self.networks, self.as_ = cell, networks, as_
        self.counters, self.taken, self.heard, self.fetched = {}, [], 0, 0
        self.head = 0  # of reporting, in the last message
        self.epoch, self.restores, self.start_counters = "", 0, {}
        self.failure = None
        self.stopping = threading.Event()
        self.start()

    def close(self):
        self.stopping.set()
        self.join()
        if self.failure:
            raise self.failure

    def wait_complete(self, deadline_s=30.0):
        """Waits until every counter of a snapshot, taken now, was reached."""
        snapshot = self.cell.snapshot()
        wanted = {counter.topic: counter.counter for network in snapshot.networks if network.network in self.networks
                  for counter in network.counters}
        behind = lambda: {topic: (self.counters.get(topic, 0), counter) for topic, counter in wanted.items()
                          if self.counters.get(topic, 0) < counter}
        wait_until(lambda: self.failure or not behind(), deadline_s, f"the consumer has all of {wanted}, not {behind()}")
        if self.failure:
            raise self.failure
        return wanted

    def run(self):
        feed = open_feed(self.cell, self.as_, self.queue, self.feed)
        session = Session(self.cell, "reporting", self.as_, endpoint=self.commands)
        try:
            for network in self.networks:
                feed.subscribe(f"{network}/")
            if self.hold:
                self.hold.wait()
            while not self.stopping.is_set():
                if feed.poll(100):
                    topic, frame = feed.recv_multipart()
                    message = reporting_pb2.FeedMessage()
                    message.ParseFromString(frame)
                    self._take(session, message)
        except Exception as failure:  # shown by wait_complete and close, in the test's own thread
            self.failure = failure
        finally:
            session.close()
            feed.close(0)

    def _begin_again(self, session, epoch):
        """Intake came back from a backup: what is known is forgotten, and a snapshot says where to go on."""
        snapshot = session.request(reporting_pb2.SnapshotQuery(), timeout=5.0)
        self.counters = {counter.topic: counter.counter for network in snapshot.networks
                         if network.network in self.networks for counter in network.counters}
        self.start_counters, self.taken, self.epoch = dict(self.counters), [], snapshot.epoch
        self.restores += 1
        assert snapshot.epoch == epoch, (snapshot.epoch, epoch)

    def _take(self, session, message):
        if message.epoch != self.epoch:
            if self.epoch:
                self._begin_again(session, message.epoch)
            self.epoch = message.epoch
        self.heard += len(message.events)
        self.head = message.head
        if message.topic.endswith("/heartbeat"):
            for counter in message.counters:
                if counter.counter > self.counters.get(counter.topic, 0):
                    self._fetch(session, counter.topic)
            return
        if message.events and message.events[0].counter > self.counters.get(message.topic, 0) + 1:
            self._fetch(session, message.topic)
        for event in message.events:
            self._note(message.topic, event)

    def _note(self, topic, event):
        last = self.counters.get(topic, 0)
        if event.counter == last + 1:
            self.counters[topic] = event.counter
            self.taken.append(event)

    def _fetch(self, session, topic):
        """Everything of a topic that is missing; on no answer the next heartbeat asks again."""
        try:
            more = True
            while more:
                query = reporting_pb2.EventFetch(topic=topic, after_counter=self.counters.get(topic, 0))
                page = session.request(query, timeout=2.0)
                for event in page.events:
                    self._note(topic, event)
                    self.fetched += 1
                more = page.more
        except (NoAnswer, Refused):
            return


def open_feed(cell, as_="consumer", queue=1000, endpoint=None):
    """A SUB socket on the feed, without a subscription; a short queue comes with a small buffer of the kernel."""
    feed = cell.context.socket(zmq.SUB)
    feed.curve_publickey, feed.curve_secretkey = cell.keys(as_)
    feed.curve_serverkey = cell.public_key("reporting")
    feed.rcvhwm = queue
    if queue < 100:
        feed.rcvbuf = 4096
    feed.linger = 0
    feed.reconnect_ivl, feed.reconnect_ivl_max = 20, 200
    feed.connect(endpoint or cell.endpoint("reporting", "feed"))
    return feed
