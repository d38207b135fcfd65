/// Finds rules that can call themselves before they have read anything: no reader of them would come to an end.
enum LeftRecursion {
    /// The index of a rule that begins with itself, if there is one.
    static func rule(in graph: GrammarGraph, nullable: [Bool]) -> Int? {
        var ruleOfEntry: [Int32: Int] = [:]
        for (index, entry) in graph.rules.enumerated() { ruleOfEntry[entry] = index }
        let begins = graph.rules.map { beginnings(of: $0, in: graph, nullable: nullable, ruleOfEntry) }
        return cycle(in: begins)
    }

    /// The rules that may be called at the beginning of the rule with this entry.
    private static func beginnings(
        of entry: Int32, in graph: GrammarGraph, nullable: [Bool], _ ruleOfEntry: [Int32: Int]
    ) -> [Int] {
        var seen: Set<Int32> = [entry]
        var waiting = [entry]
        var found: Set<Int> = []
        /// Goes on at a node of the same rule, or notes the rule of which the node is the entry.
        func reach(_ node: Int32) {
            if let rule = ruleOfEntry[node] {
                found.insert(rule)
            } else if seen.insert(node).inserted {
                waiting.append(node)
            }
        }
        while let node = waiting.popLast() {
            switch graph.nodes[Int(node)] {
            case .end, .fail, .bytes, .token: break
            case .split(let first, let count): graph.branches[GrammarGraph.span(first, count)].forEach(reach)
            case .call(let called, let next):
                reach(called)
                if nullable[Int(called)] { reach(next) }
            case .enter(let index):
                let counter = graph.counters[Int(index)]
                reach(counter.body)
                if counter.least == 0 { reach(counter.exit) }
            case .loop(let index): reach(graph.counters[Int(index)].exit)
            }
        }
        return found.sorted()
    }

    /// A member of a cycle of a graph, found depth first without recursion.
    private static func cycle(in successors: [[Int]]) -> Int? {
        enum Mark { case new, open, done }
        var marks = [Mark](repeating: .new, count: successors.count)
        for start in successors.indices where marks[start] == .new {
            var path = [(rule: start, next: 0)]
            marks[start] = .open
            while let top = path.last {
                guard top.next < successors[top.rule].count else {
                    marks[top.rule] = .done
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let rule = successors[top.rule][top.next]
                if marks[rule] == .open { return rule }
                if marks[rule] == .new {
                    marks[rule] = .open
                    path.append((rule, 0))
                }
            }
        }
        return nil
    }
}
