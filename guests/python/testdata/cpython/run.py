"""Run CPython's own tests: run.py [-x PART]... TEST...

A test whose name has one of the parts is left out.
"""

import argparse
import sys
import types
import unittest

sys.platform = 'linux'  # the tests leave out what they take WASI to lack
for name in 'multiprocessing', 'multiprocessing.util', 'termios', 'tty':  # imported by tests that need none of it
    sys.modules[name] = types.ModuleType(name)
sys.modules['multiprocessing.util']._cleanup_tests = lambda: None

import test.support
import threads
import waits

test.support.has_fork_support = test.support.has_subprocess_support = False


class Result(unittest.TextTestResult):
    def startTest(self, test):
        threads.begin()
        super().startTest(test)


def cases(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from cases(test)
        else:
            yield test


parser = argparse.ArgumentParser()
parser.add_argument('-x', action='append', default=[])
parser.add_argument('tests', nargs='+')
options = parser.parse_args()
threads.install()
found = unittest.defaultTestLoader.loadTestsFromNames(options.tests)
waits.mock_loop()
chosen = [test for test in cases(found) if not any(part in test.id() for part in options.x)]
result = unittest.TextTestRunner(sys.stdout, verbosity=2, resultclass=Result).run(unittest.TestSuite(chosen))
print('passed %d, failed %d, skipped %d' % (
    result.testsRun - len(result.skipped) - len(result.failures) - len(result.errors),
    len(result.failures) + len(result.errors), len(result.skipped)))
sys.exit(not result.wasSuccessful())
