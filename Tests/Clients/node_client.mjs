// Node's own fetch: streams read piece by piece, cut at odd bytes, aborted, many at once.
//
// Each check says what the client sends that a naive server breaks on. The last line is `N passed, N failed`.

import assert from "node:assert/strict";

const root = process.env.MICHAT_URL;
const checks = [];
const check = (name, says, body) => checks.push({ name, says, body });

const post = (body, options = {}) => fetch(`${root}/v1/chat/completions`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${process.env.MICHAT_KEY}` },
    body: JSON.stringify({ messages: [{ role: "user", content: "Name three colours." }], temperature: 0, max_tokens: 24, ...body }),
    ...options,
});

/** The data of every event in pieces of bytes, however they are cut; comments are dropped. */
async function* events(pieces) {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    let rest = "";
    for await (const piece of pieces) {
        rest += decoder.decode(piece, { stream: true });
        const frames = rest.split("\n\n");
        rest = frames.pop();
        for (const frame of frames) if (frame.startsWith("data: ")) yield frame.slice(6);
    }
    assert.equal(rest + decoder.decode(), "", "nothing is left over");
}

async function* cut(pieces, size) {
    for await (const piece of pieces)
        for (let start = 0; start < piece.length; start += size) yield piece.subarray(start, start + size);
}

async function joined(data) {
    let text = "", ended = false, finish = null;
    for await (const event of data) {
        assert(!ended, "nothing follows [DONE]");
        if (event === "[DONE]") { ended = true; continue; }
        const [choice] = JSON.parse(event).choices;
        if (!choice) continue;
        text += choice.delta.content ?? "";
        finish = choice.finish_reason ?? finish;
    }
    assert(ended, "[DONE] is sent");
    return { text, finish };
}

check("whole", "keep-alive connections, Accept: */*, accept-language and sec-fetch-mode headers", async () => {
    const response = await post({});
    assert.equal(response.status, 200);
    const answer = await response.json();
    assert.equal(typeof answer.choices[0].message.content, "string");
    assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);
});

check("a stream", "a reader that shows each piece: several must come before the end", async () => {
    const response = await post({ stream: true });
    assert.match(response.headers.get("content-type"), /^text\/event-stream/);
    let pieces = 0;
    const counted = (async function* () { for await (const piece of response.body) { pieces += 1; yield piece; } })();
    const { text, finish } = await joined(events(counted));
    assert(pieces > 3, `${pieces} pieces`);
    const whole = (await (await post({})).json()).choices[0];
    assert.equal(text, whole.message.content);
    assert.equal(finish, whole.finish_reason);
});

check("odd bytes", "pieces of 1, 2, 3 and 7 bytes, so that a character or a frame is cut anywhere", async () => {
    const asked = { messages: [{ role: "user", content: "Répète: 😀 über naïve 日本語 😀" }], max_tokens: 32 };
    const whole = (await (await post(asked)).json()).choices[0].message.content;
    for (const size of [1, 2, 3, 7]) {
        const response = await post({ ...asked, stream: true });
        assert.equal((await joined(events(cut(response.body, size)))).text, whole);
    }
});

check("usage", "stream_options.include_usage: usage at the top level of a chunk, where the AI SDKs look for it", async () => {
    const response = await post({ stream: true, stream_options: { include_usage: true } });
    const chunks = [];
    for await (const event of events(response.body)) if (event !== "[DONE]") chunks.push(JSON.parse(event));
    const last = chunks.pop();
    assert.deepEqual(last.choices, []);
    assert(last.usage.total_tokens > 0);
    assert(chunks.every((chunk) => chunk.usage === null && Number.isInteger(chunk.choices[0].index)));
});

check("abort", "AbortController in the middle of a stream, and before any of it", async () => {
    const long = { stream: true, max_tokens: 4000, ignore_eos: true };
    for (const wanted of [0, 3]) {
        const controller = new AbortController();
        const response = await post(long, { signal: controller.signal });
        let seen = 0;
        await assert.rejects(async () => {
            if (wanted === 0) controller.abort();
            for await (const event of events(response.body)) { seen += event.length > 0; if (seen === wanted) controller.abort(); }
        }, { name: "AbortError" });
    }
    assert.equal((await post({})).status, 200);
});

check("a body that streams", "duplex: half, which sends the request in chunked coding", async () => {
    const text = JSON.stringify({ messages: [{ role: "user", content: "Say hello." }], temperature: 0, max_tokens: 4 });
    const bytes = new TextEncoder().encode(text);
    const body = new ReadableStream({
        start(controller) {
            for (let start = 0; start < bytes.length; start += 5) controller.enqueue(bytes.subarray(start, start + 5));
            controller.close();
        },
    });
    const response = await post({}, { body, duplex: "half" });
    assert.equal(response.status, 200, await response.clone().text());
});

check("errors", "a page shows error.message, whatever the status", async () => {
    const response = await post({ temperature: 9, stream: true });
    assert.equal(response.status, 400);
    const { error } = await response.json();
    assert.deepEqual(Object.keys(error), ["message", "type", "param", "code"]);
    assert.equal(error.param, "temperature");
});

check("sixteen at once", "as many connections as requests, all streaming", async () => {
    const asked = Array.from({ length: 16 }, (_, n) => ({ messages: [{ role: "user", content: `Number ${n}?` }] }));
    const alone = [];
    for (const body of asked) alone.push((await (await post(body)).json()).choices[0].message.content);
    const together = await Promise.all(
        asked.map(async (body) => (await joined(events((await post({ ...body, stream: true })).body))).text));
    assert.deepEqual(together, alone);
});

let passed = 0, failed = 0;
for (const { name, says, body } of checks) {
    try {
        await body();
        passed += 1;
    } catch (error) {
        failed += 1;
        console.log(`FAILED node_client ${name} (${says})\n${error.stack}`);
    }
}
console.log(`node_client: ${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
