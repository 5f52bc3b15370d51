"""The whole local stack, from nothing to ready and back: the order in which things start."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.address import Address, address_of, choose_address
from deploy.embedded.api_client import ApiClient
from deploy.embedded.banner import banner, bare_banner
from deploy.embedded.credentials import keep_credentials
from deploy.embedded.demo import Demo, key_file, read_key
from deploy.embedded.failure import StackError
from deploy.embedded.lock import StackLock
from deploy.embedded.logs import Log
from deploy.embedded.orphans import end_orphans, record
from deploy.embedded.place import choose_place
from deploy.embedded.ports import release
from deploy.embedded.privileges import services_account
from deploy.embedded.s3 import bucket_origin
from deploy.embedded.servers import Endpoints, RunningServer, make_endpoints
from deploy.embedded.services import Services
from deploy.embedded.stackfile import Stack, forget_stack, users_environment, write_stack
from deploy.embedded.supervisor import Stopped, Supervisor
from shared.reach import unreachable_uploads

READY_TIMEOUT_S = 120.0
REGION = "us-east-1"
ORIGINS = "FOTOTECA_CORS_ORIGINS"
PUBLIC_ENDPOINT = "FOTOTECA_S3_PUBLIC_ENDPOINT_URL"
OWN_LOG = "up.log"  # where a detached one says its lines
DUMPS = "dumps"  # of what was there before each migration


@dataclass(frozen=True, slots=True)
class LocalStack:
    """The stack of one data folder; `say` gets lines for people. `bare`: without a demo tenant."""

    data: Path
    say: Callable[[str], None]
    bare: bool = False

    def run(self, ending: str) -> bool:
        """Start everything, print what to do with it, supervise it; False if it runs already."""
        lock = StackLock(self.data)
        if not lock.acquire():
            return False
        supervisor = Supervisor(self.say, lambda children: record(self.data, children))
        supervisor.own_log = Log("up", self.data / OWN_LOG)
        try:
            with supervisor.heeding_signals():
                self._run(supervisor, ending)
        finally:
            lock.release()
        return True

    def _run(self, supervisor: Supervisor, ending: str) -> None:
        try:
            self.say(f"Fototeca starts; its data folder is {self.data}")
            forget_stack(self.data)
            for name in end_orphans(self.data):
                self.say(f"ended {name}, which an earlier start had left running")
            self._start(supervisor, ending)
            supervisor.run()
        except Stopped:
            self.say("stopping")
        finally:
            supervisor.stop()
            forget_stack(self.data)
            record(self.data, [])
            release()
        self.say("stopped")

    def _start(self, supervisor: Supervisor, ending: str) -> None:
        address = choose_address(self.data, self.say)
        place = choose_place(self.data)
        endpoints = make_endpoints(place, allow_origin=bucket_origin(os.environ.get(ORIGINS)))
        self.say("starting Postgres, Valkey and S3")
        self._start_servers(supervisor, endpoints)
        settings = self._settings(endpoints, address)
        signed_for = os.environ.get(PUBLIC_ENDPOINT) or endpoints.s3_endpoint_url
        unreachable = unreachable_uploads(signed_for, address.url)
        if unreachable:
            self.say(unreachable)
        account = services_account(place.account, address, self.say)
        services = Services(self.data, users_environment() | settings, supervisor, account)
        write_stack(self.data, Stack(settings))
        self.say("bringing the database up to date")
        services.run("migrate", f"--dump-to={self.data / DUMPS}")
        self.say(f"starting api ({address.url}) and worker")
        self._start_services(supervisor, services, address)
        demo = Demo(self.data, place.servers, address, services, self.say)
        if self.bare:
            demo.forgo_samples()
        else:
            demo.ensure_samples(demo.ensure_key())
        self.say(describe(self.data, settings, ending))
        write_stack(self.data, Stack(settings, ready=True))

    def _start_servers(self, supervisor: Supervisor, endpoints: Endpoints) -> None:
        for running in endpoints.all:
            supervisor.add_server(running.child, running.launch)
        for running in endpoints.all:
            self._await_server(supervisor, running)

    def _await_server(self, supervisor: Supervisor, running: RunningServer) -> None:
        if not supervisor.wait_for(running.server.is_ready, READY_TIMEOUT_S):
            raise StackError(f"{running.server.name} does not start: {running.child.last_words()}")

    def _start_services(self, supervisor: Supervisor, services: Services, address: Address) -> None:
        api = services.child("api")
        supervisor.add_service(api)
        supervisor.add_service(services.child("worker"))
        client = ApiClient(address)
        if not supervisor.wait_for(lambda: client.answers("/readyz"), READY_TIMEOUT_S):
            raise StackError(f"the api does not start: {api.last_words()}")

    def _settings(self, endpoints: Endpoints, address: Address) -> dict[str, str]:
        return {
            "FOTOTECA_DATABASE_URL": endpoints.database_url,
            "FOTOTECA_REDIS_URL": endpoints.redis_url,
            "FOTOTECA_S3_ENDPOINT_URL": endpoints.s3_endpoint_url,
            "FOTOTECA_S3_BUCKET": endpoints.s3_bucket,
            "FOTOTECA_DATA_DIR": str(self.data),
            "FOTOTECA_SECRET_KEY": secret_key(self.data),
            **address.environment(),
            "AWS_ACCESS_KEY_ID": endpoints.s3_access_key_id,
            "AWS_SECRET_ACCESS_KEY": endpoints.s3_secret_access_key,
            "AWS_REGION": REGION,
        }


def secret_key(data: Path) -> str:
    """Give the key that the user set, or the one that the data folder keeps."""
    return os.environ.get("FOTOTECA_SECRET_KEY") or keep_credentials(data).secret_key


def describe(data: Path, settings: dict[str, str], ending: str) -> str:
    """Give the lines that every start prints."""
    url, key = address_of(settings).url, read_key(data)
    return banner(url, key, key_file(data), ending) if key else bare_banner(url, ending)
