import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunSummary } from "../protocol.ts";
import { spreadOf } from "../statistics/spread.ts";
import { chosenPoints, paretoFront, smallestGoodEnough } from "./front.ts";
import type { Point } from "./results.ts";

const point = (parameters: number, metrics: Readonly<Record<string, number>>): Point => ({
  settings: { parameters },
  runs: [],
  completed: 1,
  results: Object.fromEntries(
    Object.entries({ parameters, ...metrics }).map(([name, value]) => [name, spreadOf([value])]),
  ),
});
const scored = (parameters: number, accuracy: number, teacher?: number) =>
  point(parameters, {
    "validation.accuracy": accuracy,
    ...(teacher === undefined ? {} : { "teacher.validation.accuracy": teacher }),
  });
const sizes = (points: readonly Point[]) => paretoFront(points).map(({ parameters }) => parameters);

test("the front has the students that no smaller one equals, smallest first", () => {
  assert.deepEqual(
    sizes([scored(400, 0.95), scored(100, 0.9), scored(200, 0.88), scored(300, 0.95), scored(500, 0.97)]),
    [100, 300, 500],
  );
  assert.deepEqual(sizes([scored(100, 0.8), scored(100, 0.9), scored(200, 0.95)]), [100, 200]);
  assert.equal(
    paretoFront([scored(100, 0.8), scored(100, 0.9), scored(200, 0.95)])[0]?.point.results[
      "validation.accuracy"
    ]?.mean,
    0.9,
  );
});

test("equal accuracies are told apart by their NLL, a falling metric by its own direction", () => {
  const [small, large] = [0.5, 0.4].map((nll, index) =>
    point(100 * (index + 1), { "validation.accuracy": 0.9, "validation.nll": nll }),
  ) as [Point, Point];
  assert.deepEqual(sizes([small, large]), [100, 200]);
  const rmse = (parameters: number, value: number) => point(parameters, { "validation.rmse": value });
  assert.deepEqual(sizes([rmse(100, 2), rmse(200, 3), rmse(300, 1)]), [100, 300]);
});

test("without a difference in size, or without validation, there is none", () => {
  assert.deepEqual(sizes([scored(100, 0.8), scored(100, 0.9)]), []);
  assert.deepEqual(sizes([point(100, {}), point(200, {})]), []);
});

const rmse = (parameters: number, value: number) =>
  point(parameters, { "validation.rmse": value, "teacher.validation.rmse": 1 });

test("the smallest is at most so many points below the teacher", () => {
  const goodEnough = (points: readonly Point[], tolerance = 1) => {
    const found = smallestGoodEnough(paretoFront(points), tolerance);
    return found && [found.smallest?.parameters, found.teacher];
  };
  const points = [scored(100, 0.955, 0.97), scored(200, 0.96, 0.97), scored(300, 0.98, 0.97)];
  assert.deepEqual(goodEnough(points), [200, 0.97]);
  assert.deepEqual(goodEnough(points, 1.5), [100, 0.97]);
  assert.deepEqual(goodEnough(points, 0), [300, 0.97]);
  assert.deepEqual(goodEnough([scored(100, 0.5, 0.97), scored(200, 0.6, 0.97)]), [undefined, 0.97]);
  assert.deepEqual(goodEnough([scored(100, 0.5), scored(200, 0.6)]), [undefined, undefined]);
  assert.equal(goodEnough([rmse(100, 2), rmse(200, 1)]), undefined, "points are of shares");
  assert.equal(smallestGoodEnough(paretoFront(points), undefined), undefined, "none was asked for");
});

test("chosen are the smallest good enough, and last the best", () => {
  const sizes = (points: readonly Point[], tolerance = 1) =>
    chosenPoints(points, tolerance).map(({ settings }) => settings["parameters"]);
  const points = [scored(300, 0.98, 0.97), scored(200, 0.96, 0.97), scored(100, 0.955, 0.97)];
  assert.deepEqual(sizes(points), [200, 300]);
  assert.deepEqual(sizes(points, 0), [300]);
  assert.deepEqual(sizes([scored(100, 0.9), scored(200, 0.8)]), [100]);
  assert.deepEqual(sizes([rmse(100, 2), rmse(200, 1)]), [200]);
  assert.deepEqual(sizes([point(100, {})]), []);
});

test("of a search of students that halves, one that trained to its end is a front; of other values it is none", () => {
  const halved = { runId: "0-02", settings: {}, summary: { member: { halved: true } } as RunSummary };
  const searched = (name: string): readonly Point[] => [
    { ...scored(100, 0.9), settings: { [name]: 8 } },
    { settings: { [name]: 16 }, runs: [halved], completed: 0, results: {} },
  ];
  assert.deepEqual(sizes(searched("student.hidden[0]")), [100]);
  assert.deepEqual(sizes(searched("temperature")), []);
  const [whole, { runs: _, ...other }] = searched("student.hidden[0]") as [Point, Point];
  assert.deepEqual(sizes([whole, { ...other, runs: [] }]), [], "one that did not train yet may be better");
});
