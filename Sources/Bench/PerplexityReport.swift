import JSON
import Kernels
import Platform
import Serving

extension PerplexityRun {
    /// Prints what the run came to, in lines or as JSON.
    package func report(kvFormat: String, seconds: Double, json: Bool) {
        let compute = loaded.compute
        guard json else {
            Terminal.print("\(Terminal.harmless(loaded.name)): \(loaded.summary)")
            Terminal.print(
                "activations \(compute.activations.rawValue), keys and values \(kvFormat), windows of \(window)")
            Terminal.print(
                "\(count) tokens, \(Self.shown(meanNats, 5)) nats a token, perplexity \(Self.shown(perplexity, 4))")
            if isCompared { Terminal.print(comparison) }
            return
        }
        var object: JSONObject = [
            "model": .string(loaded.name), "instruction_set": .string(compute.instructionSet.rawValue),
            "threads": .int(Int64(compute.threads)), "activations": .string(compute.activations.rawValue),
            "kv_format": .string(kvFormat), "window": .int(Int64(window)), "tokens": .int(Int64(count)),
            "mean_nats": .double(meanNats), "perplexity": .double(perplexity), "seconds": .double(seconds),
        ]
        if isCompared {
            object["reference_perplexity"] = .double(referencePerplexity)
            object["kl_divergence"] = .double(divergence.mean)
            object["kl_divergence_99"] = .double(divergence.quantile(0.99))
            object["same_top_token"] = .double(divergence.agreement)
        }
        Terminal.print(JSONValue.object(object).serialized())
    }

    /// How far the model is from its reference, in one line.
    private var comparison: String {
        "reference perplexity \(Self.shown(referencePerplexity, 4)), KL divergence \(Self.shown(divergence.mean, 5)) "
            + "nats (99 % of tokens below \(Self.shown(divergence.quantile(0.99), 4))), same likeliest token "
            + "\(Self.shown(divergence.agreement * 100, 1)) %"
    }

    private static func shown(_ value: Double, _ decimals: Int) -> String {
        FigureTable.Figure.number(value, decimals: decimals).shown
    }
}
