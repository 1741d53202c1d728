import assert from "node:assert/strict";
import { invocationOf, programOf } from "./start.ts";

Deno.test("the name that the executable is called by chooses the program", () => {
  assert.equal(programOf("/usr/local/bin/producer"), "producer");
  assert.equal(programOf("consumer"), "consumer");
  assert.equal(programOf("C:\\Tools\\Producer.EXE"), "producer");
  for (const other of ["lab", "pulsar-lab", "producer-old", "", undefined]) {
    assert.equal(programOf(other), "lab");
  }
});

Deno.test("the first argument of lab chooses too, and is not the program's any more", () => {
  assert.deepEqual(invocationOf("lab", ["producer", "--rate", "5k"]), {
    program: "producer",
    argv: ["--rate", "5k"],
  });
  assert.deepEqual(invocationOf("lab", ["demo", "producer"]), { program: "lab", argv: ["demo", "producer"] });
  assert.deepEqual(invocationOf("producer", ["consumer"]), { program: "producer", argv: ["consumer"] });
});

Deno.test("two dashes that npm hands on are nobody's argument", () => {
  assert.deepEqual(invocationOf("producer", ["--", "--rate", "5k"]), {
    program: "producer",
    argv: ["--rate", "5k"],
  });
  assert.deepEqual(invocationOf("lab", ["--", "consumer", "--", "-h"]), {
    program: "consumer",
    argv: ["-h"],
  });
});
