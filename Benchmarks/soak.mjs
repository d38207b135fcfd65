// What openai for node sends, by the fetch that it uses: its headers, its way to give up, to try again and to leave a stream.

const { root, kind, first, count, workers, sizes: SIZES } = JSON.parse(process.argv[2]);
const TEXT = "The river runs past the mill and the old bridge. ";
const LARGE_BYTES = 100_000;
const faults = {};
let busy = 0, next = first;

class Refused extends Error { constructor(status, text) { super(`${status} ${text.slice(0, 120)}`); this.status = status; } }

const schema = (n) => ({
    type: "object", additionalProperties: false, required: [`a${n}`, "kind"],
    properties: {
        [`a${n}`]: { type: "string", maxLength: 8 + (n % 5) },
        kind: { enum: [`k${n}`, "other", n] },
        list: { type: "array", maxItems: 3, items: { type: "integer" } },
    },
});

async function ask(n, options, { timeout = 600000, attempt = 0, controller = new AbortController() } = {}) {
    const size = SIZES[n % SIZES.length];
    const body = JSON.stringify({
        model: "default", messages: [{ role: "user", content: `${n}: ` + TEXT.repeat(Math.floor(size / TEXT.length)) }],
        max_tokens: 4, temperature: 0, ignore_eos: true, ...options,
    });
    const timer = setTimeout(() => controller.abort(), timeout);
    try {
        const response = await fetch(`${root}/v1/chat/completions`, {
            method: "POST", body, signal: controller.signal,
            headers: {
                Accept: "application/json", "Content-Type": "application/json", "User-Agent": "OpenAI/JS 6.0.0",
                "X-Stainless-Retry-Count": String(attempt), "X-Stainless-Timeout": String(Math.trunc(timeout / 1000)),
                "X-Stainless-Lang": "js", "X-Stainless-Package-Version": "6.0.0", "X-Stainless-OS": "Linux",
                "X-Stainless-Arch": "x64", "X-Stainless-Runtime": "node", "X-Stainless-Runtime-Version": process.version,
                Authorization: "Bearer none",
            },
        });
        if (response.status !== 200) throw new Refused(response.status, await response.text());
        if (options.stream) return response;
        return await response.json();
    } finally { clearTimeout(timer); }
}

async function events(response) { return (await response.text()).split("\n\n").filter((e) => e.startsWith("data: ")); }
const must = (truth, text) => { if (!truth) throw new Error(text); };

const ways = {
    whole: async (n) => must((await ask(n, {})).choices[0].finish_reason === "length", "length"),
    streamed: async (n) => must((await events(await ask(n, { stream: true }))).length > 3, "events"),
    cut: async (n) => {
        const controller = new AbortController();
        const response = await ask(n, { stream: true, max_tokens: 400 }, { controller });
        await response.body.getReader().read();
        controller.abort();
    },
    failed: async (n) => {
        try { await ask(n, [{ temperature: 9 }, { guided_regex: `(${n}` }, { logit_bias: { 9999999: 1 } }][n % 3]); }
        catch (error) { if (error.status === 400) return; throw error; }
        throw new Error("it was answered");
    },
    absorbed: async (n) => {
        for (const attempt of [0, 1]) {
            try { await ask(n, { max_tokens: 60 }, { timeout: 30, attempt }); return; }
            catch (error) { if (error.name !== "AbortError") throw error; }
            if (attempt === 0) await new Promise((done) => setTimeout(done, 400 + Math.random() * 100));
        }
    },
    abandoned: async (n) => {
        try { await ask(n, { max_tokens: 200 }, { timeout: 30 }); } catch (error) { if (error.name !== "AbortError") throw error; }
    },
    structured: async (n) => {
        const form = { type: "json_schema", json_schema: { name: "form", strict: true, schema: schema(n) } };
        const answer = await ask(n, { response_format: form, max_tokens: 4, ignore_eos: false, stream: n % 2 === 0 });
        if (n % 2 === 0) await events(answer);
    },
    tools: async (n) => {
        const tool = { type: "function", function: { name: `do_${n}`, strict: true, parameters: schema(n) } };
        const answer = await ask(
            n, { tools: [tool], tool_choice: "required", max_tokens: 4, ignore_eos: false, stream: n % 2 === 0 });
        if (n % 2 === 0) await events(answer);
    },
    both: async (n) => {
        const tool = { type: "function", function: { name: `do_${n}`, parameters: schema(n) } };
        const form = { type: "json_schema", json_schema: { name: "form", strict: true, schema: schema(n + 1_000_000) } };
        await ask(n, { tools: [tool], response_format: form, max_tokens: 4, ignore_eos: false });
    },
    large: async (n) => {
        const messages = [{ role: "user", content: `${n}: ` + TEXT.repeat(LARGE_BYTES / TEXT.length) }];
        try { await ask(n, { messages }); } catch (error) { if (error.status !== 400) throw error; }
    },
    padded: async (n) => { await ask(n, { padding: `${n}: ` + TEXT.repeat(LARGE_BYTES / TEXT.length) }); },
};

async function work() {
    while (next < first + count) {
        const n = next++;
        for (let tries = 0; tries < 2000; tries++) {
            try { await ways[kind](n); } catch (error) {
                if (error.status === 429) { busy++; await new Promise((done) => setTimeout(done, 50)); continue; }
                const text = `${kind}: ${error.name}: ${String(error.message).slice(0, 160)} ${error.cause?.code ?? ""}`;
                faults[text] = (faults[text] ?? 0) + 1;
            }
            break;
        }
    }
}

await Promise.all(Array.from({ length: workers }, work));
console.log(JSON.stringify({ version: `node ${process.version}`, busy, faults }));
process.exit(0);
