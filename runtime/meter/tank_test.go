package meter

import (
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func refill(t *testing.T, tank *Tank, left int64) int64 {
	t.Helper()
	given, err := tank.Refill(left)
	require.NoError(t, err)
	return given
}

func TestATankCountsWhatWasSpent(t *testing.T) {
	tank := NewTank(0)
	require.EqualValues(t, ration, refill(t, tank, 0))
	require.Zero(t, tank.Spent())
	require.EqualValues(t, ration, refill(t, tank, -100))
	require.EqualValues(t, ration+100, tank.Spent())
	tank.Settle(ration - 7)
	require.EqualValues(t, ration+107, tank.Spent())
	tank.Settle(ration - 7)
	require.EqualValues(t, ration+107, tank.Spent(), "settled twice")
}

func TestATankGivesNoMoreThanItsLimit(t *testing.T) {
	tank := NewTank(ration + 10)
	require.EqualValues(t, ration, refill(t, tank, 0))
	require.EqualValues(t, 10-3, refill(t, tank, -3))
	require.EqualValues(t, 0, refill(t, tank, 0), "all of the limit may be spent")
	_, err := tank.Refill(-1)
	require.Equal(t, &LimitError{ration + 10}, err)
	require.EqualError(t, err, "out of fuel: the limit is 524298 units")
	require.Equal(t, err, tank.Err())
	_, again := tank.Refill(0)
	require.Equal(t, err, again)
}

func TestTheFirstReasonToStopStays(t *testing.T) {
	first := errors.New("first")
	tank := NewTank(1)
	require.NoError(t, tank.Err())
	tank.Stop(first)
	tank.Stop(errors.New("second"))
	require.Equal(t, first, tank.Err())
	_, err := tank.Refill(-100)
	require.Equal(t, first, err)

	tank = NewTank(0)
	tank.Stop(nil)
	require.Equal(t, ErrStopped, tank.Err())
}

func TestATankMayBeReadAndStoppedWhileItIsUsed(t *testing.T) {
	tank := NewTank(0)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for tank.Spent() < 10*ration {
			}
			tank.Stop(nil)
		})
	}
	left := int64(0)
	for {
		given, err := tank.Refill(left)
		if err != nil {
			break
		}
		left = given - ration/2
	}
	wg.Wait()
	require.ErrorIs(t, tank.Err(), ErrStopped)
}

func TestASharedTankSpendsTheFuelOfAnother(t *testing.T) {
	tank := NewTank(3 * ration)
	shared := tank.Share()
	refill(t, tank, 0)
	refill(t, shared, 0)
	refill(t, shared, 0)
	require.EqualValues(t, ration, shared.Spent())
	require.EqualValues(t, ration, tank.Spent())
	refill(t, shared, -5)
	require.EqualValues(t, 2*ration+5, tank.Spent())
	_, err := shared.Refill(-ration)
	require.Equal(t, &LimitError{3 * ration}, err)
	require.Equal(t, err, tank.Err(), "both have spent it")
}

func TestASharedTankIsStoppedOnItsOwn(t *testing.T) {
	tank := NewTank(0)
	shared := tank.Share()
	shared.Stop(nil)
	require.NoError(t, tank.Err())
	require.ErrorIs(t, shared.Err(), ErrStopped)
}
