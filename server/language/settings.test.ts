import assert from "node:assert/strict";
import { test } from "node:test";
import { parse as parseJson } from "jsonc-parser";
import { applySettings, isSettingProblem, parseSetting, type Setting } from "./settings.ts";

const setting = (text: string): Setting => {
  const parsed = parseSetting(text);
  return isSettingProblem(parsed) ? assert.fail(parsed.message) : parsed;
};

for (const [text, path, value] of [
  ["losses[0].temperature=4", ["losses", 0, "temperature"], 4],
  ["engine=auto", ["engine"], "auto"],
  ['name="7"', ["name"], "7"],
  ["data.augment=[]", ["data", "augment"], []],
  ["name=a=b", ["name"], "a=b"],
  ["name=", ["name"], ""],
  ["a[1][2].b-c=true", ["a", 1, 2, "b-c"], true],
] as const)
  test(`${text} sets ${JSON.stringify(value)}`, () => {
    assert.deepEqual(setting(text), { text, path, value });
  });

for (const text of ["", "=4", "seed", "a..b=1", "a[=1", "a[x]=1", "a.=1", ".a=1", "[0]=1", "a b=1"])
  test(`${JSON.stringify(text)} is no setting`, () => {
    assert.deepEqual(parseSetting(text), {
      code: "set-syntax",
      setting: text,
      message: "Expected path=value, as in losses[0].temperature=4.",
    });
  });

const experiment = `{
  // the recipe
  "losses": [{ "type": "kd", "temperature": 2 }, { "type": "ce" },],
  "seed": 1
}`;

test("values are set where they stand, added where they do not, comments and all", () => {
  const { text, refused } = applySettings(
    experiment,
    ["losses[0].temperature=4", "training.steps=9", "seed=2", "losses[1].weight=0.5"].map(setting),
  );
  assert.deepEqual(refused, []);
  assert.ok(text.includes("// the recipe"));
  assert.deepEqual(parseJson(text, [], { allowTrailingComma: true }), {
    losses: [
      { type: "kd", temperature: 4 },
      { type: "ce", weight: 0.5 },
    ],
    seed: 2,
    training: { steps: 9 },
  });
});

test("a value of an object that is not there is set in what that object is by default", () => {
  const { text, refused } = applySettings(
    experiment,
    ["optimizer.learningRate=0.01", "schedule.warmup=5", "optimizer.weightDecay=0"].map(setting),
  );
  assert.deepEqual(refused, []);
  const { optimizer, schedule } = parseJson(text, [], { allowTrailingComma: true });
  assert.deepEqual(optimizer, { type: "adamw", learningRate: 0.01, weightDecay: 0 });
  assert.deepEqual(schedule, { type: "constant", warmup: 5 });
});

test("a later setting of the same value wins", () => {
  assert.equal(parseJson(applySettings(experiment, ["seed=2", "seed=3"].map(setting)).text).seed, 3);
});

test("places behind two settings are those of the old text, whichever setting came first", () => {
  const settings = ["seed=77", "losses[0].temperature=44444"].map(setting);
  for (const several of [settings, settings.toReversed()]) {
    const { text, origin } = applySettings(experiment, several);
    assert.deepEqual(origin(text.indexOf("44444")), { setting: settings[1] });
    assert.deepEqual(origin(text.indexOf("77")), { setting: settings[0] });
    for (const word of ["// the recipe", '"ce"', '"seed"'])
      assert.deepEqual(origin(text.indexOf(word)), { offset: experiment.indexOf(word) }, word);
    assert.deepEqual(origin(text.length), { offset: experiment.length });
  }
});

test("every place of the new text comes from a setting or from its place in the old text", () => {
  const settings = ["losses[0].temperature=44", "training.steps=9"].map(setting);
  const { text, origin } = applySettings(experiment, settings);
  assert.deepEqual(origin(text.indexOf("44")), { setting: settings[0] });
  assert.deepEqual(origin(text.indexOf('"steps"')), { setting: settings[1] });
  for (const word of ["// the recipe", '"losses"', '"ce"', '"seed"'])
    assert.deepEqual(origin(text.indexOf(word)), { offset: experiment.indexOf(word) }, word);
});

for (const [text, message] of [
  ["losses[2].weight=1", "losses has 2 items; the first is [0]."],
  ["seed[0]=1", "seed is not a list."],
  ["seed.x=1", "seed is not an object."],
  ["losses.temperature=1", "losses is a list: give an index, as in losses[0].temperature."],
  ["data.augment[0].pixels=1", "The file has no list data.augment, so there is no [0]."],
] as const)
  test(`${text} leads nowhere`, () => {
    const applied = applySettings(experiment, [setting(text), setting("seed=5")]);
    assert.deepEqual(applied.refused, [{ code: "set-path", setting: text, message }]);
    assert.equal(parseJson(applied.text).seed, 5, "the others are set all the same");
  });
