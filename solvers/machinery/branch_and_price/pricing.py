"""Where should one UAV be, and whom should it serve? Geometric branch and bound in the plane.

Given a price π_k for each task, the most valuable place and set of at most κ tasks,

    min over q of the sum of the κ most negative c_k(‖q − w_k‖²) − π_k  (and of the weights of cuts),

is found on boxes: c_k never falls with the distance, so the same sum at the least distances of a box bounds all
places inside from below. Costs come from tables over the squared distance: the lower edge of a bin for bounds,
linear interpolation for values.
"""

import heapq
from typing import NamedTuple

import numpy as np
from numba import njit

from skyedge.problem.arrays import AREA_TOLERANCE_M
from skyedge.problem.decision import MOVE_TOLERANCE_M
from skyedge.solvers.machinery.branch_and_price.task_sets import (
    CostTables,
    Cuts,
    Question,
    cost_at,
    count_task,
    set_value,
)

EDGE_SLACK = 1e-12  # keeps chosen points a hair inside discs, relative
FINEST_STEP_M = 0.02  # of the pattern search
COLUMNS = 6  # places returned by one pricing
FIRST_GRID = 8  # boxes along each axis to begin with
SMALLEST_BOX_M = 1e-6  # not split: where only the tolerance of the coverage lets a set be served, no split would end it


class Region(NamedTuple):
    """Where the UAV may be: a disc, inside the area. The centre lies in the area.

    Bounds widen it by the tolerances of a valid decision; places that are returned keep inside it.
    """

    x: float
    y: float
    radius: float
    width: float
    height: float


@njit(cache=True)
def into_region(region: Region, x: float, y: float) -> tuple[float, float]:
    """Nearest-ray point of the region to (x, y): into the disc, then into the area."""
    dx, dy = x - region.x, y - region.y
    distance = np.sqrt(dx * dx + dy * dy)
    if distance > region.radius:
        scale = region.radius * (1 - EDGE_SLACK) / distance
        x, y = region.x + dx * scale, region.y + dy * scale
    return min(max(x, 0.0), region.width), min(max(y, 0.0), region.height)


@njit(cache=True)
def box_gap(low: float, high: float, at: float) -> float:
    """Distance along one axis from a point to an interval."""
    if at < low:
        return low - at
    if at > high:
        return at - high
    return 0.0


@njit(cache=True)
def box_value(asked: Question, x: float, y: float, half_x: float, half_y: float, exact: bool) -> float:
    """Lower bound of the reduced cost over a box, or its value where the box is a point and ``exact``.

    It is inf if a required task is out of reach of all of the box.
    """
    # each task at its own least distance: no one place need have them all, and none in the box has less of any
    for i in range(len(asked.tasks)):
        at = asked.tables.xy[asked.tasks[i]]
        dx, dy = box_gap(x - half_x, x + half_x, at[0]), box_gap(y - half_y, y + half_y, at[1])
        asked.squared[i] = dx * dx + dy * dy
    return set_value(asked, exact)


@njit(cache=True)
def set_cost(tables: CostTables, served: np.ndarray, x: float, y: float) -> float:
    """Cost of serving a set of tasks from a point."""
    total = 0.0
    for k in served:
        if k >= 0:
            dx, dy = x - tables.xy[k, 0], y - tables.xy[k, 1]
            total += cost_at(tables, k, dx * dx + dy * dy)
    return total


@njit(cache=True)
def polish(
    tables: CostTables, served: np.ndarray, region: Region, x: float, y: float, step: float
) -> tuple[float, float, float]:
    """Improve the place of a set of tasks by pattern search; return it and its cost."""
    cost = set_cost(tables, served, x, y)
    while step > FINEST_STEP_M:
        moved = False
        for direction in range(8):
            angle = direction * np.pi / 4
            new_x, new_y = into_region(region, x + step * np.cos(angle), y + step * np.sin(angle))
            new_cost = set_cost(tables, served, new_x, new_y)
            if new_cost < cost:
                x, y, cost, moved = new_x, new_y, new_cost, True
                break
        if not moved:
            step /= 2
    return x, y, cost


@njit(cache=True)
def bounding_box(asked: Question, region: Region) -> tuple[float, float, float, float]:
    """Box that holds every place worth being at: low and high x, low and high y."""
    low_x, high_x, low_y, high_y = np.inf, -np.inf, np.inf, -np.inf  # around all discs: elsewhere nothing is served
    tables = asked.tables
    for k in asked.tasks:
        radius = np.sqrt(tables.reach[k])
        low_x, high_x = min(low_x, tables.xy[k, 0] - radius), max(high_x, tables.xy[k, 0] + radius)
        low_y, high_y = min(low_y, tables.xy[k, 1] - radius), max(high_y, tables.xy[k, 1] + radius)
    for k in asked.tasks:  # and within each disc that must be in reach
        if asked.required[k]:
            radius = np.sqrt(tables.reach[k])
            low_x, high_x = max(low_x, tables.xy[k, 0] - radius), min(high_x, tables.xy[k, 0] + radius)
            low_y, high_y = max(low_y, tables.xy[k, 1] - radius), min(high_y, tables.xy[k, 1] + radius)
    reach = region.radius + MOVE_TOLERANCE_M
    low_x, high_x = max(low_x, -AREA_TOLERANCE_M, region.x - reach), min(high_x, region.x + reach)
    low_y, high_y = max(low_y, -AREA_TOLERANCE_M, region.y - reach), min(high_y, region.y + reach)
    return low_x, min(high_x, region.width + AREA_TOLERANCE_M), low_y, min(high_y, region.height + AREA_TOLERANCE_M)


@njit(cache=True)
def same_set(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two short lists of tasks hold the same (−1 is no task)."""
    for k in one:
        if k >= 0 and not (other == k).any():
            return False
    return (one >= 0).sum() == (other >= 0).sum()


@njit(cache=True)
def keep_column(
    values: np.ndarray, points: np.ndarray, served: np.ndarray, value: float, x: float, y: float, who: np.ndarray
) -> None:
    """Keep the best few places, one for each set of tasks."""
    worst = 0
    for i in range(len(values)):
        if values[i] < np.inf and same_set(served[i], who):
            if value < values[i]:
                values[i], points[i, 0], points[i, 1] = value, x, y
            return
        if values[i] > values[worst]:
            worst = i
    if value < values[worst]:
        values[worst], points[worst, 0], points[worst, 1] = value, x, y
        served[worst] = who


@njit(cache=True)
def price_uav(
    tables: CostTables,
    price: np.ndarray,
    required: np.ndarray,
    cuts: Cuts,
    capacity: int,
    region: Region,
    tolerance: float,
    stop_above: float,
    max_boxes: int,
) -> tuple:
    """Find the place of least reduced cost, with a bound that is valid whenever it stops.

    Parameters
    ----------
    tables : CostTables
    price : array (K,)
        π_k ≥ 0.
    required : bool array (K,)
        Tasks that must be served.
    cuts : Cuts
    capacity : int
        κ, at least the number of required tasks.
    region : Region
    tolerance : float
        Stops when the best place is this near to the bound.
    stop_above : float
        Stops when the bound is above this.
    max_boxes : int
        Stops after so many boxes.

    Returns
    -------
    bound : float
        No place has a lower reduced cost; inf if the required tasks cannot be served.
    costs, reduced, points, served : array (P,), (P,), (P, 2), (P, κ)
        Columns: cost, reduced cost, place, and tasks (−1: none), the best first; cost inf where unused.
    """
    # costs never fall with the distance: a task dearer than its price where it is cheapest raises every sum
    tasks = np.flatnonzero(required | (tables.allowed & (tables.cost[:, 0] < price)))
    free = min(capacity, len(tasks)) - required.sum()
    asked = Question(tables, price, required, cuts, tasks, np.full(free, -1), np.empty(len(tasks)))
    values, points = np.full(COLUMNS, np.inf), np.zeros((COLUMNS, 2))
    served = np.full((COLUMNS, free), -1)
    bound = _search(asked, region, tolerance, stop_above, max_boxes, values, points, served)
    return bound, *_finish(asked, region, values, points, served)


@njit(cache=True)
def _search(
    asked: Question,
    region: Region,
    tolerance: float,
    stop_above: float,
    max_boxes: int,
    values: np.ndarray,
    points: np.ndarray,
    served: np.ndarray,
) -> float:
    """Branch and bound on boxes; fills in the columns found on the way, returns the bound."""
    if len(asked.tasks) == 0:
        return 0.0
    low_x, high_x, low_y, high_y = bounding_box(asked, region)
    if low_x > high_x or low_y > high_y:
        return np.inf
    heap = [(np.inf, 0.0, 0.0, 0.0, 0.0)]  # bound, half a box's width and height (negative: large ones first), centre
    heap.pop()
    box = ((low_x + high_x) / 2, (low_y + high_y) / 2, (high_x - low_x) / 2, (high_y - low_y) / 2)
    _push_parts(heap, asked, region, box, FIRST_GRID)
    incumbent, unsplit = np.inf, np.inf
    for _ in range(max_boxes):
        # Every place of worth lies in a box of the heap or in one too small to split. So the least of their bounds is
        # below all places, at whatever box the search stops; a value found is a place's own, and only lowers it.
        if len(heap) == 0 or heap[0][0] >= min(incumbent - tolerance, stop_above, unsplit):
            break
        bound, half_x, half_y, x, y = heapq.heappop(heap)
        half_x, half_y = -half_x, -half_y
        at_x, at_y = into_region(region, x, y)  # the centre itself may lie outside: a value must be of a place allowed
        value = box_value(asked, at_x, at_y, 0.0, 0.0, True)
        if value < np.inf:
            keep_column(values, points, served, value, at_x, at_y, asked.who)
            incumbent = min(incumbent, value)
        if max(half_x, half_y) > SMALLEST_BOX_M:
            _push_parts(heap, asked, region, (x, y, half_x, half_y), 2)
        else:
            unsplit = min(unsplit, bound)  # kept as a bound, for a place in it may still be worth as much
    least = min(incumbent, unsplit)
    return min(least, heap[0][0]) if len(heap) else least


@njit(cache=True)
def _push_parts(
    heap: list, asked: Question, region: Region, box: tuple[float, float, float, float], parts: int
) -> None:
    """Add parts × parts equal parts of a box, but those outside the region or out of reach of a required task."""
    x, y, half_x, half_y = box
    part_x, part_y = half_x / parts, half_y / parts
    for part in range(parts * parts):
        at_x = x - half_x + (2 * (part % parts) + 1) * part_x
        at_y = y - half_y + (2 * (part // parts) + 1) * part_y
        dx = box_gap(at_x - part_x, at_x + part_x, region.x)
        dy = box_gap(at_y - part_y, at_y + part_y, region.y)
        if dx * dx + dy * dy <= (region.radius + MOVE_TOLERANCE_M) ** 2:  # else no valid decision has a UAV there
            bound = box_value(asked, at_x, at_y, part_x, part_y, False)
            if bound < np.inf:
                heapq.heappush(heap, (bound, -part_x, -part_y, at_x, at_y))


@njit(cache=True)
def _finish(asked: Question, region: Region, values: np.ndarray, points: np.ndarray, served: np.ndarray) -> tuple:
    """Polish the columns, add the required tasks to their sets, and sort them by reduced cost."""
    required = np.flatnonzero(asked.required)
    full = np.full((len(values), served.shape[1] + len(required)), -1)
    costs, reduced = np.full(len(values), np.inf), np.full(len(values), np.inf)
    for i in range(len(values)):
        if values[i] == np.inf:
            continue
        full[i, : served.shape[1]] = served[i]
        full[i, served.shape[1] :] = required
        points[i, 0], points[i, 1], costs[i] = polish(asked.tables, full[i], region, points[i, 0], points[i, 1], 32.0)
        reduced[i] = costs[i]
        count = np.zeros(len(asked.cuts.weight), np.int64)
        for k in full[i]:
            if k >= 0:
                reduced[i] += count_task(asked.cuts, count, k, 1) - asked.price[k]
    order = np.argsort(reduced)
    return costs[order], reduced[order], points[order], full[order]
