/** Every command that README and docs/ print is run, in a copy of the project and with a real broker; or it says why not. */
import assert from "node:assert/strict";
import { type CommandBlock, commandBlocks, documents, shortened } from "../../tools/documents/commands.ts";
import { DocumentShell } from "../support/document_shell.ts";
import { brokerUnavailable, sharedBroker, testUnless } from "../support/shared_broker.ts";

const reason = await brokerUnavailable();
const broker = reason === undefined ? await sharedBroker() : undefined;
const test = testUnless(reason);

async function runBlock(shell: DocumentShell, block: CommandBlock): Promise<void> {
  const { document, until, mayExit } = block;
  const text = shortened(block.text, broker!);
  const commands = until === undefined ? [text] : text.split("\n").filter((line) => line.trim() !== "");
  for (const command of commands) {
    const { code, output } = until === undefined
      ? await shell.run(document, command)
      : await shell.runUntil(document, command.replace(/ #.*$/, ""), until);
    assert.ok(
      code === 0 || code === mayExit,
      `${document}:${block.line} ended with ${code}\n${command}\n${output}`,
    );
    if (until !== undefined) {
      assert.ok(output.includes(until), `${document}:${block.line}\n${command}\n${output}`);
    }
  }
}

for (const document of await documents()) {
  const blocks = commandBlocks(document, await Deno.readTextFile(document));
  for (const { line, notRun } of blocks) {
    if (notRun === undefined) continue;
    Deno.test({ name: `${document}:${line} (not run: ${notRun})`, ignore: true, fn: () => {} });
  }
  const runnable = blocks.filter(({ notRun }) => notRun === undefined);
  if (runnable.length === 0) continue;
  test(`the commands of ${document} do what they are printed for`, async (context) => {
    await using shell = await DocumentShell.create();
    for (const block of runnable) {
      await context.step(`line ${block.line}`, () => runBlock(shell, block));
    }
  });
}
