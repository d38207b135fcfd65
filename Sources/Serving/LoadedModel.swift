package import Kernels
package import Models
import Platform
package import Settings
package import Templating
package import Tokenization
import Weights

/// A model that is ready to compute, with everything that text needs on its way in and out.
package struct LoadedModel: Sendable {
    /// The first name that clients see.
    package let name: String
    /// Its further names.
    package let otherNames: [String]
    /// Context, pages and rows, and the memory they take.
    package let plan: ServingPlan
    /// The weights and the forward pass.
    package let transformer: Transformer
    /// Text to tokens and back.
    package let tokenizer: Tokenizer
    /// The chat template; nil when the model has none.
    package let template: ChatTemplate?
    /// The one for conversations with tools; nil when that one is for those, too.
    package let toolTemplate: ChatTemplate?
    /// How the kernels were chosen.
    package let kernels: KernelChoice
    /// Kernels and threads that compute.
    package let compute: Compute
    /// The outcome of the weights on their way into memory, for people; empty where nothing is worth saying.
    package let loading: String
    /// Digest of everything that the model's files say besides the weights, and of the template.
    package let textDigest: [UInt8]

    /// Loads what `plan` has found to fit; `progress` is called after every tensor.
    /// - Throws: ``ServingError`` for files that cannot be used or do not fit together, and kernels that cannot run here.
    package static func load(
        _ model: ModelFile, _ plan: ServingPlan, _ settings: Configuration, progress: (LoadProgress) -> Void
    ) throws(ServingError) -> LoadedModel {
        let choices = try Choices(settings)
        let tokenizer = try model.tokenizer()
        try check(tokenizer, model, rows: plan.shape.vocabulary)
        // Before the weights: a mistake in a template should not cost the time that packing them takes.
        let template = try model.template(replacedBy: settings.model.chatTemplate)
        let toolTemplate = try model.toolTemplate(replacedBy: settings.model.chatTemplate)
        let kernels = try kernels(choices)
        let compute = compute(settings.engine, choices, kernels)
        let store = settings.model.weightFolder
        let options = LoadOptions(
            context: plan.extent.context, quantisation: choices.quantisation, store: store)
        let transformer = try ServingError.reading(
            try ModelLoader.load(model.file, options, compute: compute, progress: progress))
        let names = model.servedNames(settings)
        return LoadedModel(
            name: names.first ?? "", otherNames: Array(names.dropFirst()), plan: plan, transformer: transformer,
            tokenizer: tokenizer, template: template, toolTemplate: toolTemplate, kernels: kernels, compute: compute,
            loading: Self.loading(model, choices.quantisation, store),
            textDigest: try Fingerprint.textDigest(of: model, replacedTemplate: settings.model.chatTemplate))
    }

    /// What quantising came to, and the cache.
    private static func loading(
        _ model: ModelFile, _ quantisation: Quantisation, _ store: WeightFolder?
    ) -> String {
        guard quantisation != .none else { return "" }
        guard (try? ModelLoader.isTaken(model.file, quantisation)) ?? false else {
            return "nothing to quantise, the file holds blocks already or rows that are no multiple of 32"
        }
        let cached = store?.summary ?? ""
        return "quantised to \(quantisation.rawValue)" + (cached.isEmpty ? "" : ", " + cached)
    }

    /// Refuses a tokenizer with more tokens than the model has rows.
    /// - Throws: ``ServingError/model(_:)``
    package static func check(_ tokenizer: Tokenizer, _ model: ModelFile, rows: Int) throws(ServingError) {
        guard tokenizer.count > rows else { return }
        throw .model(
            "\(model.file.path): the tokenizer does not match the model: it has \(tokenizer.count) tokens, "
                + "the embedding only \(rows) rows")
    }

    /// Kernels and threads as the settings say.
    /// - Throws: ``ServingError/setting(_:)`` for kernels that cannot run here.
    package static func compute(_ settings: Configuration) throws(ServingError) -> Compute {
        let choices = try Choices(settings)
        return compute(settings.engine, choices, try kernels(choices))
    }

    private static func compute(
        _ settings: Configuration.Engine, _ choices: Choices, _ kernels: KernelChoice
    ) -> Compute {
        Compute(
            instructionSet: kernels.instructionSet, activations: choices.activations, pool: pool(settings))
    }

    private static func kernels(_ choices: Choices) throws(ServingError) -> KernelChoice {
        guard let named = choices.instructionSet else { return .automatic }
        guard InstructionSet.available.contains(named) else {
            let names = InstructionSet.available.map(\.rawValue).joined(separator: ", ")
            throw .setting("this processor cannot run \(named.rawValue); it can run \(names)")
        }
        do {
            return try KernelChoice(demanding: named)
        } catch {
            throw .setting(error.description)
        }
    }

    /// Threads that compute: as many as asked for, else one for each usable core.
    static func threads(_ settings: Configuration.Engine) -> Int {
        settings.threads > 0 ? settings.threads : CPUQuota.usableCores()
    }

    /// One thread for each usable core; more threads than that sleep at once, as another waits for their core.
    private static func pool(_ settings: Configuration.Engine) -> ComputePool {
        let cores = CPUQuota.usableCores()
        let threads = threads(settings)
        let usualSpin = threads > cores ? 0 : ComputePool.pauseMicroseconds
        return ComputePool(
            threads: threads, spinMicroseconds: settings.spinUs < 0 ? usualSpin : settings.spinUs,
            pins: settings.pinThreads)
    }

    /// The context that is served, and how to have more of it where the model has more.
    private var context: String {
        let (served, trained) = (plan.extent.context, plan.shape.trainedContext)
        return served < trained ? "\(served) of \(trained) (--context)" : "\(served)"
    }

    /// What computes, for a start-up line.
    package var summary: String {
        let remark = kernels.remark.map { " (\($0))" } ?? ""
        return "\(plan.shape.architecture), \(Size.text(transformer.weightBytes)) of weights, "
            + "context \(context), \(compute.instructionSet.rawValue)\(remark) "
            + "on \(compute.threads) thread\(compute.threads == 1 ? "" : "s")"
            + (loading.isEmpty ? "" : "; \(loading)")
    }
}
