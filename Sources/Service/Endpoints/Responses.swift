import HTTP
import JSON
package import OpenAI
import Platform

/// `POST /v1/responses`: answers a conversation, item by item; nothing is stored.
package enum Responses {
    /// Reads the request and has it answered.
    static let handle: Endpoint.Answer = { service, request, exchange throws(APIError) in
        let backend = try service.host.backend()
        let defaults = backend.model.defaults
        let asked = try ResponsesRequest(
            try service.json(request), limits: service.limits(for: backend.model),
            defaults: ["temperature": .double(defaults.temperature), "top_p": .double(defaults.topP)],
            shorten: shortened)
        let identity = try backend.model.identity(prefix: "resp_", for: asked.chat.model)
        let job = ChatJob(service: service, backend: backend, request: request)
        do throws(APIError) {
            try job.begin(asked.chat, on: exchange) { reasoning in
                ResponsesDialect(identity, asked, showsReasoning: reasoning.isShown, now: Clock.unixSeconds)
            }
        } catch {
            throw localised(error, places: asked.toolPlaces)
        }
    }

    /// Names a field as this endpoint's requests do, where other parts of the server know it from chat.
    /// - Parameter places: the place of each function among `tools`, where others were left out.
    static func localised(_ error: APIError, places: [Int]) -> APIError {
        guard let parameter = error.parameter else { return error }
        var name = parameter
        if name == "messages" {
            name = "input"
        } else if name.hasPrefix("tools["), let end = name.firstIndex(of: "]"),
            let index = Int(name[..<end].dropFirst("tools[".count)), places.indices.contains(index)
        {
            name = "tools[\(places[index])" + name[end...].replacing("].function.", with: "].")
        }
        var error = error
        error.parameter = name
        error.message = error.message.replacing("'\(parameter)", with: "'\(name)")
        return error
    }

    /// The name by which a model reads of a function: its own, or one that fits, which keeps both ends.
    package static func shortened(_ name: String) -> String {
        let most = ToolDefinition.nameBytes
        guard name.utf8.count > most || !name.utf8.allSatisfy(ToolDefinition.isNameByte) else { return name }
        let digest = Digest.sha256(Array(name.utf8)).prefix(4).map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count == 1 ? "0" + digits : digits
        }
        let plain = name.utf8.map { ToolDefinition.isNameByte($0) ? $0 : UInt8(ascii: "_") }
        let middle = "_" + digest.joined() + "_"
        let kept = most - middle.utf8.count
        guard plain.count > kept else { return String(decoding: plain, as: UTF8.self) + middle.dropLast() }
        let head = String(decoding: plain.prefix(kept / 2), as: UTF8.self)
        return head + middle + String(decoding: plain.suffix(kept - kept / 2), as: UTF8.self)
    }
}

/// The answers of `/v1/responses`: named and numbered events around items that never interleave, `[DONE]` at the end.
package struct ResponsesDialect: AnswerDialect {
    /// What is equal in all events.
    package let identity: CompletionIdentity
    private let names: [String: String]
    private let places: [Int]
    private let isSummary: Bool
    private let showsReasoning: Bool
    /// Holds nothing, so nothing need let go of it.
    private let now: @Sendable () -> Int64
    private var response: ResponseObject
    /// The number of the next event.
    private var number = 0
    /// The item that is being written.
    private var item: ResponseItem?
    /// What was said behind a call: an item of its own at the end.
    private var late: (text: String, reports: [TokenReport]) = ("", [])
    private var hasCalled = false

    /// The dialect of one answer.
    /// - Parameter showsReasoning: whether thinking is sent at all.
    package init(
        _ identity: CompletionIdentity, _ asked: ResponsesRequest, showsReasoning: Bool,
        now: @escaping @Sendable () -> Int64
    ) {
        self.identity = identity
        names = asked.toolNames
        places = asked.toolPlaces
        isSummary = asked.showsSummary
        self.showsReasoning = showsReasoning
        self.now = now
        response = ResponseObject(identity, echo: asked.echo)
    }

    /// The last event tells everything again.
    package var keepsText: Bool { true }

    /// Items, or a text.
    package var promptField: String { "input" }

    /// The error with its field named as requests name it here.
    package func localised(_ error: APIError) -> APIError { Responses.localised(error, places: places) }

    /// The response without output.
    package mutating func start() -> [UInt8] {
        event("response.created", ["response": response.value])
            + event("response.in_progress", ["response": response.value])
    }

    /// Nothing: items begin when there is something in them.
    package func opening(_ opening: ChoiceOpening, usage: () -> TokenUsage) -> [UInt8] { [] }

    /// The reasoning, the text before the first call, the calls. Text behind a call waits for the end.
    package mutating func delta(_ delta: ChoiceDelta, usage: () -> TokenUsage) -> [UInt8] {
        var bytes: [UInt8] = []
        let text = delta.text
        if !text.reasoning.isEmpty, showsReasoning { bytes += reason(text.reasoning) }
        let early = hasCalled ? 0 : text.callOffset ?? text.text.utf8.count
        let spoken = String(decoding: text.text.utf8.prefix(early), as: UTF8.self)
        let reports = (text.reports ?? []).dropFirst(text.reasoningReports)
        let count = Self.count(of: reports, bytes: early)
        if !spoken.isEmpty { bytes += say(spoken, Array(reports.prefix(count))) }
        if early < text.text.utf8.count {
            late.text += String(decoding: text.text.utf8.dropFirst(early), as: UTF8.self)
        }
        late.reports += reports.dropFirst(count)
        for fragment in delta.calls { bytes += call(fragment) }
        return bytes
    }

    /// The end of the last item.
    package mutating func finish(_ ending: ChoiceEnding, usage: () -> TokenUsage) -> [UInt8] {
        var bytes: [UInt8] = []
        // Models write line breaks around calls.
        if late.text.contains(where: { !$0.isWhitespace }) {
            bytes += close("completed")
            bytes += say(late.text, late.reports)
        }
        response.status = ending.reason == .length ? "incomplete" : "completed"
        return bytes + close(response.status)
    }

    /// The response with its output.
    package mutating func end(usage: () -> TokenUsage) -> [UInt8] {
        seal(usage())
        return event("response." + response.status, ["response": response.value]) + ServerSentEvents.done
    }

    /// The error, and the response as far as it came.
    package mutating func failure(_ error: APIError) -> [UInt8] {
        let error = localised(error)
        let bytes = close("incomplete") + event("error", error.responseMembers)
        response.status = "failed"
        response.error = error
        return bytes + event("response.failed", ["response": response.value]) + ServerSentEvents.done
    }

    /// The response, made as its stream would make it.
    package func whole(choices: Int, usage: TokenUsage, choice: (_ index: Int) -> CompletionChoice) -> [UInt8] {
        var copy = self
        let answer = choice(0)
        var text = AnswerText.Delta()
        text.reasoning = answer.reasoning ?? ""
        text.text = answer.text
        text.callOffset = answer.calls.isEmpty ? nil : answer.callOffset
        text.reports = answer.reports
        text.reasoningReports = answer.reasoningReports
        let calls = answer.calls.enumerated().flatMap { index, call in
            [
                ToolCallFragment(index: index, .beginning(id: call.id, name: call.name)),
                ToolCallFragment(index: index, .arguments(call.arguments)),
            ]
        }
        _ = copy.delta(ChoiceDelta(sequence: 0, text: text, calls: calls)) { usage }
        _ = copy.finish(ChoiceEnding(sequence: 0, reason: answer.finish, remarks: answer.remarks, rest: nil)) { usage }
        copy.seal(usage)
        return Array(copy.response.value.serialized().utf8)
    }

    private mutating func seal(_ usage: TokenUsage) {
        response.usage = usage
        response.completed = response.status == "completed" ? now() : nil
    }

    /// How many of the reports make up so many bytes.
    private static func count(of reports: ArraySlice<TokenReport>, bytes: Int) -> Int {
        var end = 0
        return reports.prefix { report in
            defer { end += report.bytes.count }
            return end < bytes
        }.count
    }
}

/// The items, and the events around them.
extension ResponsesDialect {
    private mutating func reason(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        if case .reasoning? = item?.kind {} else { bytes = open("rs", .reasoning(isSummary: isSummary)) }
        item?.text += text
        let name = isSummary ? "response.reasoning_summary_text.delta" : "response.reasoning_text.delta"
        return bytes + inPart(name, ["delta": .string(text)])
    }

    private mutating func say(_ text: String, _ reports: [TokenReport]) -> [UInt8] {
        var bytes: [UInt8] = []
        if case .message? = item?.kind {} else { bytes = open("msg", .message) }
        item?.text += text
        item?.reports += reports
        let logprobs = JSONValue.array(reports.map(\.responseValue))
        return bytes + inPart("response.output_text.delta", ["delta": .string(text), "logprobs": logprobs])
    }

    private mutating func call(_ fragment: ToolCallFragment) -> [UInt8] {
        switch fragment.addition {
        case .beginning(let id, let name):
            hasCalled = true
            return open("fc", .call(id: id, name: names[name] ?? name))
        case .arguments(let text):
            guard case .call? = item?.kind, !text.isEmpty else { return [] }
            item?.text += text
            return inItem("response.function_call_arguments.delta", ["delta": .string(text)])
        }
    }

    /// Begins an item behind those that there are.
    private mutating func open(_ prefix: String, _ kind: ResponseItem.Kind) -> [UInt8] {
        let closing = close("completed")
        let id = "\(prefix)_\(identity.id.dropFirst("resp_".count))\(response.output.count)"
        let opened = ResponseItem(id: id, kind)
        item = opened
        let index = JSONValue.int(Int64(response.output.count))
        let value = opened.value(status: "in_progress")
        let added = event("response.output_item.added", ["output_index": index, "item": value])
        guard let name = partName else { return closing + added }
        return closing + added + inPart(name + ".added", ["part": opened.part])
    }

    /// Ends the item that is being written.
    private mutating func close(_ wanted: String) -> [UInt8] {
        guard let item else { return [] }
        let status = item.status(wanted)
        var bytes: [UInt8] = []
        let text = JSONValue.string(item.text)
        switch item.kind {
        case .reasoning:
            let name = item.isSummary ? "response.reasoning_summary_text.done" : "response.reasoning_text.done"
            bytes = inPart(name, ["text": text])
        case .message: bytes = inPart("response.output_text.done", ["text": text, "logprobs": item.logprobs])
        case .call(_, let name):
            bytes = inItem("response.function_call_arguments.done", ["name": .string(name), "arguments": text])
        }
        if let name = partName { bytes += inPart(name + ".done", ["part": item.part]) }
        let index = JSONValue.int(Int64(response.output.count))
        let value = item.value(status: status)
        self.item = nil
        response.output.append(value)
        return bytes + event("response.output_item.done", ["output_index": index, "item": value])
    }

    /// The events around the part of the open item; nil for a call, which has none.
    private var partName: String? {
        switch item?.kind {
        case .reasoning(isSummary: true): "response.reasoning_summary_part"
        case .reasoning, .message: "response.content_part"
        case .call, nil: nil
        }
    }

    private mutating func inPart(_ name: String, _ members: JSONObject) -> [UInt8] {
        var place: JSONObject = [:]
        place[item?.isSummary == true ? "summary_index" : "content_index"] = 0
        for (name, value) in members { place[name] = value }
        return inItem(name, place)
    }

    private mutating func inItem(_ name: String, _ members: JSONObject) -> [UInt8] {
        var place: JSONObject = [
            "item_id": .string(item?.id ?? ""), "output_index": .int(Int64(response.output.count)),
        ]
        for (name, value) in members { place[name] = value }
        return event(name, place)
    }

    private mutating func event(_ name: String, _ members: JSONObject) -> [UInt8] {
        var object: JSONObject = ["type": .string(name), "sequence_number": .int(Int64(number))]
        number += 1
        for (name, value) in members { object[name] = value }
        return ServerSentEvents.event(name, Array(JSONValue.object(object).serialized().utf8))
    }
}
