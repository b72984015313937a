"""Who judges partitions: this process, workers that it starts, or those of a scheduler somewhere. Only here is dask."""

from __future__ import annotations

import logging
import os
import platform
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

from gis.scratch import scratch
from layers.partitions import Alone, Answer, Crew, Item
from scripts.console import WrongUse

if TYPE_CHECKING:
    from distributed import Client, Future

LOCAL = "local"
# A worker that dies takes the partitions it worked on along; each may lose its worker this often.
_FAILURES = 3
_PATIENCE = "10s"
# A worker has the memory for one partition, however many threads it was given.
_ONE_AT_A_TIME = threading.Lock()


@contextmanager
def crew(scheduler: str | None, workers: int | None) -> Iterator[Crew]:
    """Who works for the time of the block: nobody else for None, `workers` processes of our own for `local`.

    Raises WrongUse where the extra is not installed or nobody answers at the address.
    """
    if scheduler is None:
        yield Alone()
    elif scheduler == LOCAL:
        with _own(workers or os.cpu_count() or 1) as client:
            yield Workers(client)
    else:
        with _elsewhere(scheduler) as client:
            yield Workers(client)


class Workers:
    """A crew of dask workers. `peaks`: by process the most memory it has ever had, in MiB, where the system tells."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._shared: tuple[object, Future] | None = None
        self.peaks: dict[str, int] = {}

    def each(self, function: Callable[[Any, Item], Answer], common: object, items: Iterable[Item]) -> Iterator[Answer]:
        """The answers as they come. Only as many partitions are under way as keep all workers busy."""
        from distributed import as_completed

        shared, waiting = self._share(common), iter(items)
        under_way = as_completed()
        threads = sum(self._client.nthreads().values())
        for item in islice(waiting, 2 * max(threads, 1)):
            under_way.add(self._send(function, shared, item))
        for future in under_way:
            answer, process, peak = future.result()
            future.release()
            self.peaks[process] = max(self.peaks.get(process, 0), peak)
            for item in islice(waiting, 1):
                under_way.add(self._send(function, shared, item))
            yield answer

    def _share(self, common: object) -> Future:
        """`common` on the cluster, made anew from the scheduler's copy where the worker that had it is gone."""
        if self._shared is None or self._shared[0] is not common:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # it is large, and is sent once
                self._shared = common, self._client.submit(_Sealed.open, _Sealed(common), pure=False)
        return self._shared[1]

    def _send(self, function: Callable[..., Any], shared: Future, item: object) -> Future:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            return self._client.submit(_work, function, shared, _Sealed(item), pure=False, retries=0)


class _Sealed:
    """Something that dask passes on without looking for its own things in it."""

    def __init__(self, content: object) -> None:
        self._content = content

    def open(self) -> Any:
        return self._content


def _work(function: Callable[[Any, Any], Any], common: object, item: _Sealed) -> tuple[Any, str, int]:
    """On a worker: the answer, the process that gave it, and the most memory it has had (MiB)."""
    with _ONE_AT_A_TIME:
        return function(common, item.open()), f"{platform.node()}-{os.getpid()}", peak_mib()


def peak_mib() -> int:
    """The most memory that this process has ever had, in MiB; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak // (1 << 20 if platform.system() == "Darwin" else 1 << 10))


@contextmanager
def _own(workers: int) -> Iterator[Client]:
    """Workers of our own: a process each, reachable from this machine only, gone with the block whatever happens."""
    distributed = _installed()
    import dask

    settings = {
        "distributed.scheduler.allowed-failures": _FAILURES,
        "distributed.admin.large-graph-warning-threshold": "1GB",
    }
    with (
        scratch() as folder,
        dask.config.set(settings),
        distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",  # a port of its own for dask's health pages; without one it takes 8787
            scheduler_kwargs={"dashboard": False},
            memory_limit=0,
            silence_logs=logging.CRITICAL,
            local_directory=str(folder),
            env={"NUMBA_NUM_THREADS": "1"},
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@contextmanager
def _elsewhere(address: str) -> Iterator[Client]:
    distributed = _installed()
    try:
        client = distributed.Client(address, timeout=_PATIENCE)
    except (OSError, ValueError, TypeError) as error:
        raise WrongUse(
            f"无法连接调度器 {address}（应为 tcp://主机:8786 这样的地址，或 local）：{error}。"
            "先用 dask scheduler 启动它，检查主机、端口和防火墙，或改用 --scheduler local",
            f"no scheduler answers at {address} (expected such as tcp://host:8786, or local): {error}. "
            "Start it with `dask scheduler`, check host, port and firewall, or use --scheduler local",
        ) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError:
            raise WrongUse(
                f"调度器 {address} 没有工作进程：先启动 dask worker {address} --nthreads 1",
                f"the scheduler at {address} has no workers: start some with dask worker {address} --nthreads 1",
            ) from None
        yield client


def _installed() -> Any:
    try:
        import distributed
    except ImportError:
        raise WrongUse(
            f"--scheduler 需要附加组件：{sys.executable} -m pip install 'headwater[scale]'",
            f"--scheduler needs the extra: {sys.executable} -m pip install 'headwater[scale]'",
        ) from None
    return distributed
