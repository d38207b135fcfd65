package import HTTPClient
import JSON

/// What the checks share: the client, the model's name, and answers that several of them look at.
package final class Probe {
    /// The client.
    let client: HTTPClient
    /// The model that requests name.
    let model: String
    /// The model as `/v1/models` describes it.
    let card: JSONValue
    /// Whether the server is this program, so that what is our own choice can be judged as well.
    let isOurs: Bool
    /// Whether the server may be asked for more than it can do.
    let mayOverload: Bool
    private let timeoutSeconds: Double
    /// Shrinks while the server is silent, so that a dead one is not waited for 65 times.
    private var patienceSeconds: Double
    /// How many requests in a row got not a single byte.
    private(set) var silences = 0
    private var kept: [String: ClientAnswer] = [:]
    /// Everything that was streamed so far to us in error.
    private(set) var streamErrors: [EventStream] = []
    /// Every reason with which an answer ended.
    private(set) var finishReasons: Set<String> = []

    /// Asks which model there is.
    package init(client: HTTPClient, model: String?, timeoutSeconds: Double, mayOverload: Bool) {
        self.client = client
        self.mayOverload = mayOverload
        self.timeoutSeconds = timeoutSeconds
        patienceSeconds = timeoutSeconds
        let answer = client.open(ClientRequest("GET", "/v1/models"), limits: Self.limits(timeoutSeconds)).whole()
        card = answer.json?["data"]?[0] ?? .null
        self.model = model ?? card["id"]?.stringValue ?? "default"
        isOurs = card["owned_by"]?.stringValue == "michat"
        note(answer)
    }

    /// Sends a request and reads the whole answer.
    func send(_ request: ClientRequest, until stop: (ClientAnswer) -> Bool = { _ in false }) -> ClientAnswer {
        var answer = open(request).whole(until: stop)
        note(answer)
        // Half an answer is none.
        if answer.fault != nil { (answer.status, answer.body) = (0, []) }
        return answer
    }

    /// Sends a request whose answer is read later.
    func open(_ request: ClientRequest) -> ClientExchange {
        client.open(request, limits: Self.limits(patienceSeconds))
    }

    private static func limits(_ seconds: Double) -> ClientLimits { .answer(seconds: seconds, bodyBytes: 8 << 20) }

    private func note(_ answer: ClientAnswer) {
        let isDead = answer.isSilent && answer.fault != nil
        patienceSeconds = isDead ? max(1, patienceSeconds / 4) : timeoutSeconds
        silences = isDead ? silences + 1 : 0
        for choice in answer.json?["choices"]?.arrayValue ?? [] {
            if let reason = choice["finish_reason"]?.stringValue { finishReasons.insert(reason) }
        }
    }

    /// `GET path`.
    func get(_ path: String) -> ClientAnswer {
        send(ClientRequest("GET", path))
    }

    /// `POST path` with a JSON body; equal requests are sent once unless they are to be fresh.
    func post(_ path: String, _ body: JSONValue, fresh: Bool = false) -> ClientAnswer {
        let text = body.serialized()
        if !fresh, let known = kept[path + text] { return known }
        let answer = send(ClientRequest("POST", path, body: Array(text.utf8)))
        kept[path + text] = answer
        return answer
    }

    // MARK: Conversations

    static let path = "/v1/chat/completions"

    /// A request with these members beside, or instead of, the usual ones; null takes one away.
    func body(_ members: JSONObject) -> JSONValue {
        var object: JSONObject = [
            "model": .string(model), "messages": Self.say("Tell me about rivers."), "max_tokens": 24,
            "temperature": 0, "seed": 7,
        ]
        for (name, value) in members { object[name] = value }
        return .object(object)
    }

    /// A conversation of one question.
    static func say(_ text: String) -> JSONValue { [["role": "user", "content": .string(text)]] }

    /// The answer to a request with these members.
    func chat(_ members: JSONObject = [:], fresh: Bool = false) -> ClientAnswer {
        post(Self.path, body(members), fresh: fresh)
    }

    /// The answer, which must be a success in JSON.
    func answer(_ members: JSONObject = [:], fresh: Bool = false) throws(ConformanceError) -> JSONValue {
        try Self.success(chat(members, fresh: fresh))
    }

    /// The streamed answer, which must be a success.
    func stream(_ members: JSONObject = [:], fresh: Bool = false) throws(ConformanceError) -> EventStream {
        var members = members
        members["stream"] = true
        return try events(chat(members, fresh: fresh))
    }

    /// The events of an answer that must be a success.
    func events(_ answer: ClientAnswer) throws(ConformanceError) -> EventStream {
        try require(answer.status == 200, "a stream was answered with \(answer.brief)")
        let stream = EventStream(answer)
        if !stream.errors.isEmpty { streamErrors.append(stream) }
        for choice in stream.choices {
            if let reason = choice["finish_reason"]?.stringValue { finishReasons.insert(reason) }
        }
        if let error = stream.errors.first { throw .violation("a stream failed: \(error.serialized().prefix(100))") }
        return stream
    }

    /// The JSON of a success.
    static func success(_ answer: ClientAnswer) throws(ConformanceError) -> JSONValue {
        guard answer.status == 200, answer.fault == nil else { throw .violation("answered with \(answer.brief)") }
        guard let json = answer.json else { throw .violation("200 with a body that is no JSON") }
        return json
    }

    /// The legacy endpoint.
    func complete(_ members: JSONObject, fresh: Bool = false) -> ClientAnswer {
        var object: JSONObject = ["model": .string(model), "max_tokens": 12, "temperature": 0, "seed": 7]
        for (name, value) in members { object[name] = value }
        return post("/v1/completions", .object(object), fresh: fresh)
    }

    /// The legacy route streamed; nil where a server does not have it.
    func legacyStream() throws(ConformanceError) -> EventStream? {
        let answer = complete(["prompt": "Rivers are", "stream": true])
        return [404, 405, 501].contains(answer.status) ? nil : try events(answer)
    }

    /// Members that keep a model that thinks from doing so; none for others.
    func unthinking() -> JSONObject {
        guard thinks else { return [:] }
        return ["reasoning_effort": "none", "chat_template_kwargs": ["enable_thinking": false]]
    }

    /// Whether the model thinks when it is not asked not to.
    var thinks: Bool {
        let message = chat().json?["choices"]?[0]?["message"]
        return message?["reasoning_content"]?.stringValue?.isEmpty == false
            || message?["reasoning"]?.stringValue?.isEmpty == false
    }

    /// The tokens of a context, where the server tells.
    var contextTokens: Int? {
        let number = card["max_model_len"] ?? card["meta"]?["n_ctx"] ?? card["meta"]?["n_ctx_train"]
        return number?.intValue.flatMap { Int(exactly: $0) }
    }
}

extension JSONValue {
    /// The first choice of an answer.
    var firstChoice: JSONValue? { self["choices"]?[0] }

    /// The text of the first choice.
    var content: String? { firstChoice?["message"]?["content"]?.stringValue }

    /// A count in `usage`.
    func usage(_ name: String) -> Int? { self["usage"]?[name]?.intValue.flatMap { Int(exactly: $0) } }
}

extension JSONObject {
    /// Both; where both have a member, that of `other`.
    func with(_ other: JSONObject) -> JSONObject {
        var joined = self
        for (name, value) in other { joined[name] = value }
        return joined
    }
}
