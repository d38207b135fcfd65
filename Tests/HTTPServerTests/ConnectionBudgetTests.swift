import HTTPServer
import Testing

@Suite struct ConnectionBudgetTests {
    @Test(arguments: [
        (1024, 1_048_576, 1024, 64), (1024, 1024, 928, 64), (1024, 60, 21, 7), (10, 60, 10, 7), (1024, 10, 1, 1),
        (1, 1024, 1, 64), (1024, Int.max, 1024, 64),
    ])
    func leavesDescriptorsForTheRest(_ connections: Int, _ descriptors: Int, _ served: Int, _ refused: Int) {
        let budget = ConnectionBudget(connections: connections, descriptors: descriptors)
        #expect(budget.served == served && budget.refused == refused)
        if descriptors > 40 {
            #expect(budget.served + budget.refused <= descriptors - ConnectionBudget.reservedDescriptors)
        }
    }
}
