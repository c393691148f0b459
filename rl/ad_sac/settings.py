"""Hyper-parameters of AD-SAC; those of the discrete and of the continuous agent stand apart."""

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from skyedge.problem.common import Size


class AdSacSettings(BaseModel):
    """All of them.

    Attributes
    ----------
    width : int
        Units of hidden layers.
    critic_learning_rate, actor_learning_rate : float
        Of V, Q; and of π, ℓ, temperatures and multipliers.
    gamma_d, gamma_c : float
        Discount of each agent.
    alpha_d, alpha_c : float
        Entropy temperatures at first.
    entropy_d : float
        Target entropy of π_d, over that of even choices.
    entropy_c : float
        Target entropy of π_c: minus so much per coordinate.
    kl_discrete, kl_mean, kl_std : float
        Limits on the divergence of ℓ from the old ℓ: per branch; per coordinate, of means and of deviations.
    e_discrete, e_continuous : float
        Limits on that of the E-steps from their priors: per branch; per group of coordinates.
    e_states, e_samples : int
        States of a batch from which ℓ and π_d learn, and samples per state of the continuous E-step.
    refresh : int
        Updates between two refreshments of the old ℓ.
    rounds : int
        How often each branch chooses again given what the others have chosen, by ln ℓ + Q_d/η; with 0, ℓ alone acts.
        Flat observations only: structured policies always decide in turn.
    counterfactuals : int
        Alternatives per branch and step whose outcomes are asked for and stored too.
    hybrid_policy : bool
        Whether there is ℓ; without it, π acts.
    max_grad_norm : float
        To which the gradient is clipped.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: Size = 64
    critic_learning_rate: PositiveFloat = 1e-3
    actor_learning_rate: PositiveFloat = 5e-4
    gamma_d: NonNegativeFloat = 0.99
    gamma_c: NonNegativeFloat = 0.99
    alpha_d: PositiveFloat = 0.05
    alpha_c: PositiveFloat = 0.05
    entropy_d: NonNegativeFloat = 0.2
    entropy_c: float = 1.0
    kl_discrete: PositiveFloat = 0.2
    kl_mean: PositiveFloat = 0.05
    kl_std: PositiveFloat = 0.01
    e_discrete: PositiveFloat = 0.5
    e_continuous: PositiveFloat = 0.5
    e_states: PositiveInt = 32
    e_samples: int = Field(12, ge=2)
    refresh: PositiveInt = 50
    rounds: NonNegativeInt = 1
    counterfactuals: NonNegativeInt = 0
    hybrid_policy: bool = True
    max_grad_norm: PositiveFloat = 10.0


class StructuredSettings(AdSacSettings):
    """Of the structured track besides.

    Attributes
    ----------
    e_moves : float
        Limit on the divergence of the moves' E-step, per UAV.
    places : int
        Positions of the UAVs that each transition is a sample of; the batch counts all of them.
    choice_rows : int
        Rows of a batch from which servers and powers are learned.
    act_samples, decide_samples : int
        Moves of ℓ per UAV among which Q_c chooses while learning, and in each round of a decision afterwards.
    greed : float
        By what the moves' η is multiplied in decisions: below 1, they follow Q more than the E-step does.
    explore : float
        How often a UAV takes a move of ℓ unchosen while learning.
    masks : bool
        Whether policies know which servers could serve whom.
    device_rewards : bool
        Whether each device's value is fitted to its own reward, or the sum of values to the sum of rewards.
    """

    gamma_c: NonNegativeFloat = 0.8
    alpha_d: PositiveFloat = 0.01
    alpha_c: PositiveFloat = 0.01
    e_moves: PositiveFloat = 0.7
    e_states: PositiveInt = 16
    e_samples: int = Field(6, ge=2)
    places: Size = 4
    choice_rows: Size = 32
    act_samples: Size = 8
    decide_samples: Size = 24
    greed: PositiveFloat = 0.2
    explore: NonNegativeFloat = 0.1
    masks: bool = True
    device_rewards: bool = True
