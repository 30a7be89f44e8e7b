package measure

import "testing"

func TestMedian(t *testing.T) {
	for _, row := range []struct {
		of   []float64
		want float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1}, 5}, {[]float64{9, 1, 2}, 2}} {
		if got := Median(row.of); got != row.want {
			t.Errorf("of %v it is %v", row.of, got)
		}
	}
	if got := Ratio([]float64{1, 4, 9}, []float64{1, 2, 3}); got != 2 {
		t.Errorf("the ratios' median is %v", got)
	}
}
