"""The exact best assignment of tasks to servers at given costs: a transportation problem (Section 8)."""

import numpy as np
from scipy.optimize import linear_sum_assignment


def best_assignment(cost: np.ndarray, capacity: np.ndarray, unserved_penalty: float) -> np.ndarray:
    """Assign each task to a server or to none, at least total cost.

    Parameters
    ----------
    cost : array (…, K, J)
        Cost of task k on server j, inf where it cannot be served; leading axes are separate problems.
    capacity : int array (J,)
        κ_j, how many tasks a server admits.
    unserved_penalty : float
        φ, the cost of a task that is not served (idle tasks have only infinite costs, and stay at −1).

    Returns
    -------
    int array (…, K)
        The server of each task, −1 for none.

    Examples
    --------
    Both tasks are cheapest on server 0, which has room for one:

    >>> best_assignment(np.array([[1.0, 5.0], [2.0, 3.0]]), np.array([1, 1]), 10.0).tolist()
    [0, 1]
    """
    server = np.full(cost.shape[:-1], -1)
    for index in np.ndindex(cost.shape[:-2]):
        server[index] = _assign(cost[index], capacity, unserved_penalty)
    return server


def _assign(cost: np.ndarray, capacity: np.ndarray, unserved_penalty: float) -> np.ndarray:
    # One column a place, and as many columns "unserved" as tasks could be left over. A task that takes a place
    # where it costs φ or more is unserved: it blocks nobody, for there are columns enough for all.
    tasks = np.flatnonzero(np.min(cost, axis=-1, initial=np.inf) < unserved_penalty)
    places = np.repeat(np.arange(len(capacity)), np.minimum(capacity, len(tasks)))
    spare = max(0, len(tasks) - len(places))
    gain = np.minimum(cost[np.ix_(tasks, places)] - unserved_penalty, 0.0)
    rows, columns = linear_sum_assignment(np.pad(gain, ((0, 0), (0, spare))))
    rows, columns = rows[columns < len(places)], columns[columns < len(places)]
    taken = gain[rows, columns] < 0
    server = np.full(len(cost), -1)
    server[tasks[rows[taken]]] = places[columns[taken]]
    return server
