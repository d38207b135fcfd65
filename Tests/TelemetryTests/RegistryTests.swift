import Dispatch
import Telemetry
import Testing

@Suite struct RegistryTests {
    @Test func severalRegistriesTellAFamilyOnce() {
        var texts: [Registry] = []
        for number in 0...1 {
            var registry = Registry(commonLabels: ["engine": "\(number)"])
            registry.counter("a_total", help: "A.", labels: [:]).add(number + 1)
            if number == 1 { registry.gauge("b", help: "B.", labels: [:]).set(3) }
            texts.append(registry)
        }
        #expect(
            Registry.exposition(texts) == """
                # HELP a_total A.
                # TYPE a_total counter
                a_total{engine="0"} 1
                a_total{engine="1"} 2
                # HELP b B.
                # TYPE b gauge
                b{engine="1"} 3

                """)
    }

    @Test func writesTheExpositionFormat() {
        var registry = Registry(commonLabels: ["model_name": "a \"b\"\n\\"])
        let ok = registry.counter("requests_total", help: "Requests\nwith \\ and \"quotes\".", labels: ["status": "ok"])
        let waiting = registry.gauge("waiting", help: "Waiting.", labels: [:])
        let failed = registry.counter(
            "requests_total", help: "Requests\nwith \\ and \"quotes\".", labels: ["status": "failed"])
        let seconds = registry.histogram("vllm:seconds", help: "Time.", bounds: [0.1, 1, 2.5], labels: [:])
        registry.gauge("computed", help: "Read when asked.", labels: [:]) { 0.25 }
        registry.counter("kept_total", help: "Kept elsewhere.", labels: [:]) { 42 }
        ok.add(3)
        failed.increment()
        waiting.set(2)
        waiting.add(-0.5)
        for value in [0.1, 0.05, 0.7, 3, .nan, .infinity] { seconds.observe(value) }
        let model = #"model_name="a \"b\"\n\\""#
        let expected = [
            #"# HELP requests_total Requests\nwith \\ and "quotes"."#, "# TYPE requests_total counter",
            "requests_total{\(model),status=\"ok\"} 3", "requests_total{\(model),status=\"failed\"} 1",
            "# HELP waiting Waiting.", "# TYPE waiting gauge", "waiting{\(model)} 1.5",
            "# HELP vllm:seconds Time.", "# TYPE vllm:seconds histogram",
            "vllm:seconds_bucket{\(model),le=\"0.1\"} 2", "vllm:seconds_bucket{\(model),le=\"1\"} 3",
            "vllm:seconds_bucket{\(model),le=\"2.5\"} 3", "vllm:seconds_bucket{\(model),le=\"+Inf\"} 4",
            "vllm:seconds_sum{\(model)} 3.85", "vllm:seconds_count{\(model)} 4",
            "# HELP computed Read when asked.", "# TYPE computed gauge", "computed{\(model)} 0.25",
            "# HELP kept_total Kept elsewhere.", "# TYPE kept_total counter", "kept_total{\(model)} 42", "",
        ]
        #expect(registry.exposition() == expected.joined(separator: "\n"))
    }

    @Test func printsWithoutLabels() {
        var registry = Registry(commonLabels: [:])
        registry.counter("a_total", help: "A.", labels: [:]).increment()
        registry.gauge("b", help: "B.", labels: [:]) { -.infinity }
        #expect(registry.exposition().contains("\na_total 1\n"))
        #expect(registry.exposition().contains("\nb -Inf\n"))
    }

    @Test func losesNothingBetweenThreads() {
        var registry = Registry(commonLabels: [:])
        let counter = registry.counter("c_total", help: "C.", labels: [:])
        let gauge = registry.gauge("g", help: "G.", labels: [:])
        let histogram = registry.histogram("h", help: "H.", bounds: [0.5], labels: [:])
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            for _ in 0..<5000 {
                counter.increment()
                gauge.add(1)
                histogram.observe(1)
            }
        }
        #expect(counter.total == 40_000)
        #expect(gauge.value == 40_000)
        #expect(histogram.sum == 40_000)
        #expect(histogram.cumulativeCounts == [0, 40_000])
    }
}
