"""AD-SAC in the plain track: the generic algorithm on the hybrid view."""

from pathlib import Path

from pydantic import PositiveInt, PositiveFloat
from stable_baselines3.common.vec_env import VecEnv

from rl.ad_sac import AdSac, AdSacSettings
from rl.algorithms.registry import Algorithm, AlgorithmConfig, register


from rl.ad_sac.settings import StructuredSettings
class AdSacConfig(AlgorithmConfig, StructuredSettings):
    """Hyper-parameters."""

    buffer_size: PositiveInt = 10_000
    batch_size: PositiveInt = 128
    learning_starts: PositiveInt = 800
    gradient_steps: PositiveInt = 1
    tau: PositiveFloat = 0.01
    gamma_d: float = 0.0
    gamma_c: float = 0.8


@register
class AdSacEntry(Algorithm):
    """``ad-sac``."""

    name = "ad-sac"
    view = "hybrid"
    Config = AdSacConfig

    @staticmethod
    def build(
        vec_env: VecEnv, config: AdSacConfig, track: str, seed: int, tensorboard_log: str | Path | None = None
    ) -> AdSac:
        """Return a new one."""
        if track == "structured":
            from rl.ad_sac.settings import StructuredSettings
            from rl.ad_sac.structured_algorithm import StructuredAdSac, StructuredPolicy
            from rl.algorithms.registry import process_of
            mine = {k: v for k, v in config.model_dump(exclude={"environments"}, exclude_unset=True).items()}
            return StructuredAdSac(StructuredPolicy, vec_env, policy_kwargs={"scenario": process_of(vec_env).scenario}, seed=seed, **mine)
        return AdSac(
            "MlpPolicy",
            vec_env,
            **config.model_dump(exclude={"environments","e_moves","choice_rows","act_samples","act_sweeps","explore"}),
            seed=seed,
            tensorboard_log=None if tensorboard_log is None else str(tensorboard_log),
        )
