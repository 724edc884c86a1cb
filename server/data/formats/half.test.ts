import assert from "node:assert/strict";
import { test } from "node:test";
import { halfToNumber, numberToHalf } from "./half.ts";

test("every half-precision number comes back from its value", () => {
  for (let bits = 0; bits < 0x10000; bits++) {
    const value = halfToNumber(bits);
    if (Number.isNaN(value)) assert.ok(Number.isNaN(halfToNumber(numberToHalf(value))));
    else assert.equal(numberToHalf(value), bits, `${value}`);
  }
});

test("other numbers become the nearest one, of two equally near ones the even one", () => {
  for (let bits = 0; bits < 0x7bff; bits++) {
    const [below, above] = [halfToNumber(bits), halfToNumber(bits + 1)];
    const middle = (below + above) / 2;
    assert.equal(numberToHalf(middle), bits % 2 === 0 ? bits : bits + 1);
    assert.equal(numberToHalf(middle - (above - below) / 8), bits);
    assert.equal(numberToHalf(middle + (above - below) / 8), bits + 1);
  }
  assert.equal(numberToHalf(65519), 0x7bff);
  assert.equal(numberToHalf(-1e9), 0xfc00);
});
