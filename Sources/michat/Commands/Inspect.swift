import ArgumentParser
import JSON
import Models
import Settings
import Tokenization
import Weights

/// What is in a model file, and how much memory it will take.
struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what is in a model file, and how much memory it will take.",
        discussion: """
            Examples:
              michat inspect model.gguf
              michat inspect model.gguf --tensors --context 4096
              michat inspect model.gguf --json
            """)

    @Argument(help: "A GGUF file.")
    var file: String

    @Flag(help: "List every tensor.")
    var tensors = false

    @Flag(help: "List every metadata key.")
    var metadata = false

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Engine")
    var engine: SectionFlags<EngineSection>

    func run() throws {
        try reporting {
            let settings = try SettingsSources(config: nil, flags: engine.given).resolve()
            let report = try ModelReport(ModelFile(path: file), settings.configuration.engine)
            if json {
                Terminal.print(report.json(tensors: tensors).serialized())
            } else {
                Terminal.write(report.text(tensors: tensors, metadata: metadata))
            }
        }
    }
}

/// What `inspect` tells.
private struct ModelReport {
    let model: ModelFile
    /// The plan for serving it, or why it cannot be served.
    let plan: Result<ServingPlan, any Error>
    /// The tokenizer in one line, or why there is none.
    let tokenizer: String
    let template: String

    init(_ model: ModelFile, _ settings: Configuration.Engine) throws {
        self.model = model
        plan = Result { try ServingPlan(model.file, .none, settings) }
        do {
            let tokenizer = try model.tokenizer()
            self.tokenizer = "\(tokenizer.count) tokens, words split as \(tokenizer.rules.family)"
        } catch {
            tokenizer = Self.failure("used", error)
        }
        do {
            let source = try model.templateText()
            let isThere = try model.template(replacedBy: "") != nil
            template = isThere ? "\(source?.utf8.count ?? 0) bytes" : "none"
        } catch {
            template = Self.failure("used", error)
        }
    }

    private static func failure(_ verb: String, _ error: any Error) -> String {
        "cannot be \(verb): \(Quotation.shortened("\(error)", to: 4096))"
    }

    private var parameters: Int { model.file.tensors.reduce(0) { $0 + $1.elements } }

    /// Number of tensors and bytes by type, the largest first.
    private var types: [(name: String, tensors: Int, bytes: Int)] {
        Dictionary(grouping: model.file.tensors, by: \.type.name)
            .map { (name: $0.key, tensors: $0.value.count, bytes: $0.value.reduce(0) { $0 + $1.byteCount }) }
            .sorted { ($0.bytes, $1.name) > ($1.bytes, $0.name) }
    }

    func text(tensors listsTensors: Bool, metadata listsMetadata: Bool) -> String {
        var rows: [(String, String)] = [
            ("file", "\(model.file.path), \(Size.text(model.file.fileBytes))"),
            ("name", Quotation.shortened(model.title)),
            ("parameters", "\(Size.count(parameters)) (\(parameters)) in \(model.file.tensors.count) tensors"),
        ]
        for type in types { rows.append(("  \(type.name)", "\(type.tensors) tensors, \(Size.text(type.bytes))")) }
        switch plan {
        case .success(let plan): rows += Self.rows(plan)
        case .failure(let error): rows.append(("serving", Self.failure("served", error)))
        }
        rows += [("tokenizer", tokenizer), ("chat template", template)]
        if case .success(let plan) = plan {
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

    private static func rows(_ plan: ServingPlan) -> [(String, String)] {
        let shape = plan.shape
        return [
            ("architecture", shape.architecture),
            (
                "shape",
                """
                \(shape.layers) layers, width \(shape.hidden), feed-forward \(shape.feedForward), \
                \(shape.heads) heads of \(shape.headDimension) over \(shape.kvHeads), vocabulary \(shape.usableVocabulary)
                """
            ),
            ("context", "\(shape.trainedContext) tokens; \(plan.extent.context) would be served"),
        ]
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    func json(tensors listsTensors: Bool) -> JSONValue {
        var object: JSONObject = [
            "file": .string(model.file.path), "bytes": .int(Int64(model.file.fileBytes)), "name": .string(model.title),
            "parameters": .int(Int64(parameters)), "tokenizer": .string(tokenizer), "chat_template": .string(template),
        ]
        object["types"] = .array(
            types.map {
                .object(["type": .string($0.name), "tensors": .int(Int64($0.tensors)), "bytes": .int(Int64($0.bytes))])
            })
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
            ("layers", plan.shape.layers),
            ("hidden", plan.shape.hidden), ("feed_forward", plan.shape.feedForward), ("heads", plan.shape.heads),
            ("kv_heads", plan.shape.kvHeads), ("head_dimension", plan.shape.headDimension),
            ("vocabulary", plan.shape.usableVocabulary), ("weight_bytes", plan.memory.weightBytes),
            ("kv_bytes", plan.memory.cacheBytes), ("kv_bytes_per_token", plan.memory.kvBytesPerToken),
            ("buffer_bytes", plan.memory.workspaceBytes), ("rotary_bytes", plan.memory.rotaryBytes),
            ("total_bytes", plan.totalBytes), ("limit_bytes", plan.limit.limit),
        ]
        var object: JSONObject = ["architecture": .string(plan.shape.architecture)]
        for (key, value) in numbers { object[key] = .int(Int64(value)) }
        object["fits"] = .bool(plan.totalBytes <= plan.limit.limit)
        return .object(object)
    }
}
