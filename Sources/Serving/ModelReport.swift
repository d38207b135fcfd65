package import JSON
import Models
import Platform
package import Settings
import Templating
import Tokenization
import Weights

/// What `inspect` tells.
package struct ModelReport {
    let model: ModelFile
    /// The plan for serving it, or why it cannot be served.
    let plan: Result<ServingPlan, ServingError>
    /// The tokenizer in one line, or why there is none.
    let tokenizer: String
    let template: String
    /// Names of the tokens that end an answer.
    let ends: [String]
    /// Tokens that can be sampled; nil where the tokenizer cannot be used.
    let tokens: Int?
    /// The recommended sampling in one line, or why it cannot be used.
    let sampling: String
    /// Whether nothing that was looked at keeps the model from being served.
    package var isServable: Bool {
        guard case .success(let plan) = plan else { return false }
        return tokens != nil && plan.totalBytes <= plan.limit.limit
            && ![template, sampling].contains { $0.hasPrefix(Self.refused) }
    }

    private static let refused = "cannot be "

    /// Looks at everything but the numbers of the weights.
    package init(_ model: ModelFile, _ settings: Configuration) {
        self.model = model
        plan = Result { () throws(ServingError) in try ServingPlan(model.file, .none, settings) }
        let rows = (try? plan.get())?.shape.vocabulary
        do {
            let tokenizer = try model.tokenizer()
            if let rows { try LoadedModel.check(tokenizer, model, rows: rows) }
            self.tokenizer = "\(tokenizer.count) tokens, words split as \(tokenizer.rules.family)"
            ends = tokenizer.endTokens.sorted().map { "\(Quotation.shortened(tokenizer.piece(of: $0))) (\($0))" }
            tokens = min(tokenizer.count, rows ?? tokenizer.count)
        } catch {
            tokenizer = Self.failure("used", error)
            ends = []
            tokens = nil
        }
        do {
            sampling = try model.sampling().summary ?? "none recommended"
        } catch {
            sampling = Self.failure("used", error)
        }
        template = Self.template(of: model)
    }

    private static func template(of model: ModelFile) -> String {
        do {
            guard let source = try model.templateText(), let template = try model.template(replacedBy: "") else {
                return "none"
            }
            let question: JSONValue = ["role": "user", "content": "?"]
            let opening = try? template.render(
                ChatTemplateInput(
                    messages: [question], tools: nil, addGenerationPrompt: true, bosToken: "", eosToken: "",
                    extra: JSONObject(), now: LocalDate.now()))
            let last = opening?.split(whereSeparator: \.isWhitespace).last ?? ""
            return "\(source.utf8.count) bytes" + (last.hasSuffix("<think>") ? ", opens <think> itself" : "")
        } catch {
            return failure("used", error)
        }
    }

    private static func failure(_ verb: String, _ error: any Error) -> String {
        "\(refused)\(verb): \(Quotation.shortened("\(error)", to: 4096))"
    }

    private var parameters: Int { model.file.tensors.reduce(0) { $0 + $1.elements } }

    /// Number of tensors and bytes by type, the largest first.
    private var types: [(name: String, tensors: Int, bytes: Int)] {
        Dictionary(grouping: model.file.tensors, by: \.type.name)
            .map { (name: $0.key, tensors: $0.value.count, bytes: $0.value.reduce(0) { $0 + $1.byteCount }) }
            .sorted { ($0.bytes, $1.name) > ($1.bytes, $0.name) }
    }

    /// The report for people.
    package func text(tensors listsTensors: Bool, metadata listsMetadata: Bool) -> String {
        var rows: [(String, String)] = [
            ("file", "\(model.file.path), \(Size.text(model.file.fileBytes))"),
            ("name", Quotation.shortened(model.title)),
            ("parameters", "\(Size.count(parameters)) (\(parameters)) in \(model.file.tensors.count) tensors"),
        ]
        for type in types { rows.append(("  \(type.name)", "\(type.tensors) tensors, \(Size.text(type.bytes))")) }
        if let folder = model.file as? CheckpointFolder, folder.shards.count > 1 {
            rows.append(("shards", "\(folder.shards.count) files, \(Self.sizes(of: folder.shards))"))
        }
        switch plan {
        case .success(let plan): rows += self.rows(plan)
        case .failure(let error): rows.append(("serving", Self.failure("served", error)))
        }
        rows += [
            ("tokenizer", tokenizer), ("end tokens", ends.isEmpty ? "none" : ends.joined(separator: ", ")),
            ("chat template", template), ("sampling", sampling),
        ]
        if case .success(let plan) = plan {
            for (format, bytes) in quantised {
                rows.append(("  \(format)", "\(Size.text(bytes)) of weights in memory"))
            }
            rows.append(("memory", plan.arithmetic))
            rows.append(("verdict", plan.totalBytes <= plan.limit.limit ? "fits" : "does not fit"))
        }
        var text = rows.map { Self.padded($0.0, 15) + $0.1 + "\n" }.joined()
        if listsMetadata {
            text += "\n"
            for key in model.file.metadata.keys {
                let value = model.file.metadata.summary(key, maximumCharacters: 80) ?? ""
                text += "\(Quotation.shortened(key)) = \(value)\n"
            }
        }
        if listsTensors {
            text += "\n"
            for tensor in model.file.tensors {
                let name = Self.padded(Quotation.shortened(tensor.name), 32)
                text +=
                    "\(name) \(Self.padded(tensor.type.name, 6)) \(Self.padded(tensor.shapeText, 18)) \(Size.text(tensor.byteCount))\n"
            }
        }
        return text
    }

    private static func sizes(of shards: [SafetensorsFile]) -> String {
        let bytes = shards.map(\.fileBytes)
        return "\(Size.text(bytes.min() ?? 0)) to \(Size.text(bytes.max() ?? 0)) each"
    }

    /// What the weights take as they are and in each format that would change them; nothing where none does.
    private var quantised: [(format: String, bytes: Int)] {
        var result: [(format: String, bytes: Int)] = []
        for format in [Quantisation.none, .q8_0, .r8, .q6_k, .q5_k, .q4_k, .q4_0] {
            guard let bytes = try? ModelLoader.weightBytes(of: model.file, format) else { continue }
            if format == .none || bytes != result.first?.bytes { result.append((format.rawValue, bytes)) }
        }
        return result.count > 1 ? result : []
    }

    /// The layer that drafts, if there is one.
    private func draft(_ shape: ModelShape) -> String {
        if shape.draftLayers > 0 {
            let count = (try? ModelLoader.draftParameters(of: model.file)) ?? 0
            return "\(shape.draftLayers) layer, \(Size.count(count)) parameters"
        }
        let announced = (try? model.file.metadata.int("\(shape.architecture).nextn_predict_layers")) ?? 0
        return announced > 0 ? "none, although \(announced) announced" : "none"
    }

    private func rows(_ plan: ServingPlan) -> [(String, String)] {
        let shape = plan.shape
        return [
            ("architecture", shape.architecture),
            (
                "shape",
                """
                \(shape.layers) layers, width \(shape.hidden), feed-forward \(shape.feedForward), \
                \(shape.heads) heads of \(shape.headDimension) over \(shape.kvHeads), \
                vocabulary \(tokens ?? shape.usableVocabulary) of \(shape.vocabulary) rows
                """
            ),
            ("drafting", draft(shape)),
            ("context", "\(shape.trainedContext) tokens; \(plan.extent.context) would be served"),
        ]
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    /// The report for programs.
    package func json(tensors listsTensors: Bool) -> JSONValue {
        var object: JSONObject = [
            "file": .string(model.file.path), "bytes": .int(Int64(model.file.fileBytes)), "name": .string(model.title),
            "parameters": .int(Int64(parameters)), "tokenizer": .string(tokenizer), "chat_template": .string(template),
        ]
        object["types"] = .array(
            types.map {
                .object(["type": .string($0.name), "tensors": .int(Int64($0.tensors)), "bytes": .int(Int64($0.bytes))])
            })
        object["end_tokens"] = .array(ends.map { .string($0) })
        object["sampling"] = .string(sampling)
        object["weight_bytes"] = .object(
            quantised.reduce(into: JSONObject()) { $0[$1.format] = .int(Int64($1.bytes)) })
        if let folder = model.file as? CheckpointFolder { object["shards"] = .int(Int64(folder.shards.count)) }
        switch plan {
        case .success(let plan): object["serving"] = Self.json(plan)
        case .failure(let error): object["error"] = .string("\(error)")
        }
        if listsTensors {
            object["tensors"] = .array(
                model.file.tensors.map {
                    .object([
                        "name": .string($0.name), "type": .string($0.type.name),
                        "dimensions": .array($0.dimensions.map { .int(Int64($0)) }), "bytes": .int(Int64($0.byteCount)),
                    ])
                })
        }
        return .object(object)
    }

    private static func json(_ plan: ServingPlan) -> JSONValue {
        let numbers: [(String, Int)] = [
            ("trained_context", plan.shape.trainedContext), ("context", plan.extent.context),
            ("layers", plan.shape.layers), ("draft_layers", plan.shape.draftLayers),
            ("hidden", plan.shape.hidden), ("feed_forward", plan.shape.feedForward), ("heads", plan.shape.heads),
            ("kv_heads", plan.shape.kvHeads), ("head_dimension", plan.shape.headDimension),
            ("vocabulary", plan.shape.usableVocabulary), ("weight_bytes", plan.memory.weightBytes),
            ("kv_bytes", plan.memory.cacheBytes), ("kv_bytes_per_token", plan.memory.kvBytesPerToken),
            ("buffer_bytes", plan.memory.workspaceBytes), ("rotary_bytes", plan.memory.rotaryBytes),
            ("request_bytes", plan.requestBytes), ("grammar_bytes", plan.grammarBytes),
            ("total_bytes", plan.totalBytes), ("limit_bytes", plan.limit.limit),
        ]
        var object: JSONObject = ["architecture": .string(plan.shape.architecture)]
        for (key, value) in numbers { object[key] = .int(Int64(value)) }
        object["fits"] = .bool(plan.totalBytes <= plan.limit.limit)
        return .object(object)
    }
}
