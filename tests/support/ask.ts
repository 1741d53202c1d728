/** Asks a test for something and prints the answer: the program that `command` steps of scenarios run. */
const [url] = Deno.args as [string];
const response = await fetch(url, { method: "POST" });
console.log(await response.text());
if (!response.ok) Deno.exit(1);
