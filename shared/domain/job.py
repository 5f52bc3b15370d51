"""A job names one attempt at one revision of one image; its id makes ringing twice harmless."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Job:
    """`attempt` is the image's attempt when the bell was rung; claiming it makes the next one."""

    tenant_id: int
    image_id: int
    revision: int
    attempt: int

    @property
    def id(self) -> str:
        """`tenant:image:revision:attempt`."""
        return f"{self.tenant_id}:{self.image_id}:{self.revision}:{self.attempt}"


def tenant_in(job_id: str) -> str:
    """Return what tells a job's tenant from others, of its id."""
    return job_id.partition(":")[0]
