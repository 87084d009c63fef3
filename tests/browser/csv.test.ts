import { expect, test } from "vitest";
import { records } from "../../src/browser/csv";

test("a line break within quotes does not end a record", () => {
  expect(records('\ufeffname,place\r\n"राम, ""जी""\nप्रसाद",1\r\n,,\n\nसीता,2')).toEqual([
    "name,place",
    '"राम, ""जी""\nप्रसाद",1',
    "सीता,2",
  ]);
  expect(records("")).toEqual([]);
});
