/// All metrics of the process, and their text for Prometheus.
///
/// A value that the wiring fills and then hands out: after start-up nothing is registered, so no lock is needed.
package struct Registry: Sendable {
    /// Names and values that tell series of one family apart, in the order in which they are printed.
    package typealias Labels = KeyValuePairs<String, String>

    private var families: [Family] = []
    private let common: [Label]

    /// `commonLabels` are put on every series.
    package init(commonLabels: Labels) {
        common = commonLabels.map { Label(name: $0.key, value: $0.value) }
    }

    /// A counter; the name ends in `_total`.
    package mutating func counter(_ name: String, help: String, labels: Labels) -> Counter {
        let counter = Counter()
        add(name, help, kind: "counter", labels, .counter(counter))
        return counter
    }

    /// A gauge that its owner sets.
    package mutating func gauge(_ name: String, help: String, labels: Labels) -> Gauge {
        let gauge = Gauge()
        add(name, help, kind: "gauge", labels, .gauge(gauge))
        return gauge
    }

    /// A gauge that is read when it is asked for, on the thread that asks.
    package mutating func gauge(
        _ name: String, help: String, labels: Labels, read: @escaping @Sendable () -> Double
    ) {
        add(name, help, kind: "gauge", labels, .computed(read))
    }

    /// A counter that its owner keeps elsewhere and that is read when it is asked for.
    package mutating func counter(
        _ name: String, help: String, labels: Labels, read: @escaping @Sendable () -> Int
    ) {
        add(name, help, kind: "counter", labels, .computed { Double(read()) })
    }

    /// A counter of seconds that its owner keeps elsewhere and that is read when it is asked for.
    package mutating func counter(
        _ name: String, help: String, labels: Labels, read: @escaping @Sendable () -> Double
    ) {
        add(name, help, kind: "counter", labels, .computed(read))
    }

    /// A histogram with the given upper bounds.
    package mutating func histogram(_ name: String, help: String, bounds: [Double], labels: Labels) -> Histogram {
        let histogram = Histogram(bounds: bounds)
        add(name, help, kind: "histogram", labels, .histogram(histogram))
        return histogram
    }

    /// The text exposition format, version 0.0.4.
    package func exposition() -> String { Self.exposition([self]) }

    /// The text of several registries: a family that more than one of them has is told once, with the series of all.
    ///
    /// No two of them may have common labels alike, or a series would stand there twice.
    package static func exposition(_ registries: [Registry]) -> String {
        var places: [String: Int] = [:]
        var families: [Family] = []
        for family in registries.flatMap(\.families) {
            if let place = places[family.name] {
                families[place].series += family.series
            } else {
                places[family.name] = families.count
                families.append(family)
            }
        }
        var text = ""
        for family in families {
            text += "# HELP \(family.name) \(escaped(family.help, quotes: false))\n"
            text += "# TYPE \(family.name) \(family.kind)\n"
            for series in family.series { series.write(as: family.name, into: &text) }
        }
        return text
    }

    /// The content type of `exposition()`.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private mutating func add(_ name: String, _ help: String, kind: String, _ labels: Labels, _ source: Source) {
        precondition(isMetricName(name), "\(name) is no metric name")
        let own = labels.map { Label(name: $0.key, value: $0.value) }
        precondition(own.allSatisfy { isLabelName($0.name) }, "a label of \(name) has no valid name")
        let series = Series(labels: common + own, source: source)
        guard let index = families.firstIndex(where: { $0.name == name }) else {
            families.append(Family(name: name, help: help, kind: kind, series: [series]))
            return
        }
        precondition(families[index].kind == kind, "\(name) is registered as another kind")
        precondition(!families[index].series.contains { $0.labels == series.labels }, "\(name) is registered twice")
        families[index].series.append(series)
    }
}

private struct Label: Sendable, Equatable {
    let name: String
    let value: String
}

private struct Family: Sendable {
    let name: String
    let help: String
    let kind: String
    var series: [Series]
}

private struct Series: Sendable {
    let labels: [Label]
    let source: Source

    /// The lines of this series.
    func write(as name: String, into text: inout String) {
        switch source {
        case .counter(let counter): text += "\(name)\(printed(labels)) \(counter.total)\n"
        case .gauge(let gauge): text += "\(name)\(printed(labels)) \(printed(gauge.value))\n"
        case .computed(let read): text += "\(name)\(printed(labels)) \(printed(read()))\n"
        case .histogram(let histogram):
            let counts = histogram.cumulativeCounts
            for (bound, count) in zip(histogram.bounds + [.infinity], counts) {
                let bounded = labels + [Label(name: "le", value: printed(bound))]
                text += "\(name)_bucket\(printed(bounded)) \(count)\n"
            }
            text += "\(name)_sum\(printed(labels)) \(printed(histogram.sum))\n"
            text += "\(name)_count\(printed(labels)) \(counts.last ?? 0)\n"
        }
    }
}

private enum Source: Sendable {
    case counter(Counter)
    case gauge(Gauge)
    case histogram(Histogram)
    case computed(@Sendable () -> Double)
}

private func printed(_ labels: [Label]) -> String {
    guard !labels.isEmpty else { return "" }
    return "{" + labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }.joined(separator: ",") + "}"
}

/// Whole numbers without a fraction, as Prometheus itself prints them.
private func printed(_ value: Double) -> String {
    if value == .infinity { return "+Inf" }
    if value == -.infinity { return "-Inf" }
    if value.isNaN { return "NaN" }
    if let whole = Int(exactly: value) { return String(whole) }
    return "\(value)"
}

private func escaped(_ text: String, quotes: Bool) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\"" where quotes: result += "\\\""
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}

private func isMetricName(_ name: String) -> Bool { isName(name, colons: true) }

private func isLabelName(_ name: String) -> Bool {
    isName(name, colons: false) && name != "le" && !name.hasPrefix("__")
}

private func isName(_ name: String, colons: Bool) -> Bool {
    guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
    return name.utf8.allSatisfy { byte in
        switch byte {
        case 0x61...0x7a, 0x41...0x5a, 0x30...0x39, 0x5f: true
        case 0x3a: colons
        default: false
        }
    }
}
